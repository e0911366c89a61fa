// The editor in the place of the text area; without it the form works as it is.
"use strict";
(() => {
  const area = document.getElementById("query");
  if (!area || typeof Yasqe === "undefined") return;
  const endpoint = document.getElementById("ask").action;

  // Classes and properties of the data, asked once, in the place of a foreign server's list.
  const lists = {
    class: "SELECT DISTINCT ?term WHERE { ?s a ?term } LIMIT 500",
    property: "SELECT DISTINCT ?term WHERE { ?s ?term ?o } LIMIT 1000",
  };
  const held = {};
  const terms = (kind) => held[kind] ??= fetch(`${endpoint}?format=json&query=${encodeURIComponent(lists[kind])}`)
    .then((answer) => answer.ok ? answer.json() : { results: { bindings: [] } })
    .then((answer) => answer.results.bindings.map((row) => row.term.value).sort());
  const own = [];
  for (const kind of ["class", "property"]) {
    try {
      Yasqe.forkAutocompleter(kind, { name: `own-${kind}`, bulk: true, get: () => terms(kind) });
      own.push(`own-${kind}`);
    } catch { /* an editor without this kind of completion still edits */ }
  }

  const place = document.createElement("div");
  area.before(place);
  area.hidden = true;
  const editor = new Yasqe(place, {
    value: area.value, persistenceId: null, showQueryButton: false, createShareableLink: null,
    autocompleters: ["variables", ...own], requestConfig: { endpoint },
  });
  editor.getInputField().setAttribute("aria-label", "Query");
  document.getElementById("ask").addEventListener("submit", () => { area.value = editor.getValue(); });

  const answer = document.getElementById("answer");
  if (answer && answer.dataset.line) {
    const line = Number(answer.dataset.line) - 1;
    editor.addLineClass(line, "background", "CodeMirror-activeline-background");
    editor.setCursor({ line, ch: Number(answer.dataset.column || 1) - 1 });
    editor.focus();
  }
})();
