// The combobox of the ARIA Authoring Practices; the form works without it.
for (const input of document.querySelectorAll('form[role=search] input[name=q]')) {
  const list = Object.assign(document.createElement('ul'), { id: input.id + '-list', hidden: true, className: 'suggestions' });
  const set = (element, values) => { for (const name in values) element.setAttribute(name, values[name]); };
  set(list, { role: 'listbox', 'aria-label': input.labels[0].textContent });
  set(input, { role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id, autocomplete: 'off' });
  const box = Object.assign(document.createElement('span'), { className: 'combobox' });
  input.replaceWith(box);
  box.append(input, list);
  let at = -1, wait, asked = 0;
  const drop = () => { clearTimeout(wait); asked++; };
  const show = (open) => {
    list.hidden = !open;
    set(input, { 'aria-expanded': open });
    if (!open) choose(-1);
  };
  const choose = (number) => {
    at = number;
    [...list.children].forEach((option, place) => set(option, { 'aria-selected': place === at }));
    if (at < 0) input.removeAttribute('aria-activedescendant');
    else { input.setAttribute('aria-activedescendant', list.children[at].id); list.children[at].scrollIntoView({ block: 'nearest' }); }
  };
  const ask = async () => {
    const mine = ++asked, answer = await fetch(input.form.action.replace(/search$/, 'suggest?q=') + encodeURIComponent(input.value)).catch(() => null);
    if (!answer?.ok || mine !== asked) return;
    const found = (await answer.json()).suggestions;
    list.replaceChildren(...found.map((one, number) => {
      const option = document.createElement('li'), kind = document.createElement('span');
      set(option, { role: 'option', id: `${list.id}-${number}`, 'data-address': one.address });
      kind.className = 'kind';
      kind.textContent = one.type.replaceAll('-', ' ');
      option.append(one.name === one.label ? one.label : `${one.name} → ${one.label}`, ' ', kind);
      option.addEventListener('mousedown', (event) => { event.preventDefault(); location.assign(one.address); });
      return option;
    }));
    choose(-1);
    show(found.length > 0 && document.activeElement === input);
  };
  input.addEventListener('input', () => { drop(); if (input.value.trim()) wait = setTimeout(ask, 120); else show(false); });
  input.addEventListener('blur', () => show(false));
  input.addEventListener('keydown', (event) => {
    const many = list.children.length;
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && many) {
      event.preventDefault();
      drop();
      const step = event.key === 'ArrowDown' ? 1 : -1;
      if (list.hidden) show(true);
      choose(at + step < -1 ? many - 1 : at + step >= many ? -1 : at + step);
    } else if (event.key === 'Enter' && at >= 0) {
      event.preventDefault();
      location.assign(list.children[at].dataset.address);
    } else if (event.key === 'Escape' && !list.hidden) { event.preventDefault(); show(false); }
  });
}
