// A button behind each text or link that is there to be copied; without this file it is marked and copied by hand.
"use strict";
(() => {
  const copy = (text) => {
    if (navigator.clipboard) return navigator.clipboard.writeText(text);
    // Browsers give the clipboard to secure addresses only; elsewhere the old way is left.
    const area = Object.assign(document.createElement("textarea"), { value: text });
    document.body.append(area);
    area.select();
    const done = document.execCommand("copy");
    area.remove();
    return done ? Promise.resolve() : Promise.reject(new Error("the browser copies nothing"));
  };
  for (const source of document.querySelectorAll("[data-copy]")) {
    const { copy: label, copied, name } = source.dataset;
    const button = Object.assign(document.createElement("button"), { type: "button", className: "plain-button", textContent: label });
    button.setAttribute("aria-label", `${label}: ${name}`);
    const said = document.createElement("span");
    said.setAttribute("role", "status");
    button.addEventListener("click", () => copy(source.href ?? source.textContent).then(() => { said.textContent = ` ${copied}`; }, () => {
      getSelection().selectAllChildren(source);
    }));
    source.after(" ", button, said);
  }
})();
