// The editor in the place of the text area; without it the form works as it is.
"use strict";
(() => {
  const area = document.getElementById("query");
  if (!area || typeof Yasqe === "undefined") return;
  const endpoint = document.getElementById("ask").action;

  // Classes and properties of the data, most used first, from the description of the data, in the place of a foreign server's list.
  const partitions = { class: ["void:class", "void:entities"], property: ["void:property", "void:triples"] };
  let description;
  const describe = () => description ??= fetch(new URL("../.well-known/void", `${endpoint}/`), { headers: { Accept: "application/ld+json" } })
    .then((answer) => answer.ok ? answer.json() : { "@graph": [] });
  const expand = (context, name) => {
    const [prefix, ...rest] = name.split(":");
    return prefix in context ? context[prefix] + rest.join(":") : name;
  };
  const terms = (kind) => describe().then((found) => {
    const [about, count] = partitions[kind];
    return found["@graph"].filter((node) => node[about])
      .sort((one, other) => (other[count] ?? 0) - (one[count] ?? 0))
      .map((node) => expand(found["@context"], node[about]["@id"]));
  });
  // The editor's own lists come from servers elsewhere, which are never asked; its options would be merged with ours, so they are set here.
  const own = ["variables"];
  for (const kind of ["class", "property"]) {
    const get = (_, token) => terms(kind).then((found) => found.filter((iri) => iri.startsWith(token?.autocompletionString ?? "")));
    try {
      Yasqe.forkAutocompleter(kind, { name: `own-${kind}`, bulk: true, get }, false);
      own.push(`own-${kind}`);
    } catch { /* an editor without this kind of completion still edits */ }
  }
  Yasqe.defaults.autocompleters = own;

  const place = document.createElement("div");
  area.before(place);
  area.hidden = true;
  const editor = new Yasqe(place, {
    value: area.value, persistenceId: null, showQueryButton: false, createShareableLink: null,
    requestConfig: { endpoint }, lineWrapping: true,
  });
  // Our prefixes fill a screen; folded, the question itself is in sight. Tab leaves the editor (WCAG 2.1.2).
  editor.collapsePrefixes(true);
  editor.addKeyMap({ Tab: false, "Shift-Tab": false });
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
