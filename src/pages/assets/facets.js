/* Searching inside long filters. Without this script nothing is missing; what it says stands in the page. */
(() => {
  'use strict';

  const WAIT_MS = 150;
  const fill = (text, places) => (text || '').replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);
  const counted = (number, one, other) => fill(number === 1 ? one : other, { n: number.toLocaleString('en-GB') });

  const element = (name, properties = {}, text = '') => {
    const made = Object.assign(document.createElement(name), properties);
    made.textContent = text;
    return made;
  };

  /* Runs a question when nothing has been asked for a moment; a later one ends it. */
  const patiently = (ask) => {
    let timer;
    let asked = new AbortController();
    return (text) => {
      clearTimeout(timer);
      asked.abort();
      asked = new AbortController();
      const { signal } = asked;
      if (text !== null) timer = setTimeout(() => ask(text, signal).catch(() => {}), WAIT_MS);
    };
  };

  const answer = async (address, signal) => {
    const response = await fetch(address, { signal, headers: { accept: 'application/json' } });
    if (!response.ok) throw new Error(String(response.status));
    return response.json();
  };

  /* A box that leaves of a long filter what has the letters; of what is not listed it asks the service. */
  const searchInside = (facet) => {
    const { facet: name, find, more } = facet.dataset;
    const panel = facet.closest('.filters-panel').dataset;
    const box = element('input', { type: 'search', className: 'find-inside', autocomplete: 'off' });
    const status = element('p', { className: 'unseen' });
    const rest = facet.querySelector('details');
    box.setAttribute('aria-label', find);
    box.setAttribute('placeholder', find);
    status.setAttribute('role', 'status');
    facet.querySelector('legend').after(box, status);

    const choices = () => [...facet.querySelectorAll('.choice')];
    const filter = () => {
      const letters = box.value.trim().toLocaleLowerCase();
      let seen = 0;
      for (const choice of choices()) {
        const fits = choice.querySelector('bdi').textContent.toLocaleLowerCase().includes(letters);
        choice.hidden = !fits && !choice.querySelector('input').checked;
        if (!choice.hidden) seen += 1;
      }
      // It folds itself again when nothing is looked for.
      if (rest) rest.open = letters !== '';
      status.textContent = letters ? counted(seen, panel.foundOne, panel.foundOther) : '';
    };
    const add = ({ id, label, count, inferred }) => {
      if (choices().some((choice) => choice.querySelector('input').value === id)) return;
      const plain = (number) => number.toLocaleString('en-GB');
      const parts = { stated: plain(count - inferred), inferred: plain(inferred) };
      const said = inferred ? fill(count > inferred ? panel.both : panel.inferred, parts) : plain(count);
      const choice = element('label', { className: 'choice' });
      const text = element('span', { className: 'choice-label' });
      const shown = element('span', { className: 'count' }, `(${said}`);
      const unseen = ` ${count === 1 ? panel.countedOne : panel.countedOther}`;
      shown.append(element('span', { className: 'unseen' }, unseen), ')');
      text.append(element('bdi', {}, label), ' ', shown);
      choice.append(element('input', { type: 'checkbox', name, value: id }), text);
      (rest ?? facet).append(choice);
    };
    const ask = patiently(async (text, signal) => {
      const found = await answer(`${more}&facet_q=${encodeURIComponent(text)}`, signal);
      found.facets[name].values.filter((value) => value.count > 0 && value.id !== '_none').forEach(add);
      filter();
    });
    box.addEventListener('input', () => {
      filter();
      const text = box.value.trim();
      if (more) ask(text.length > 1 && [...text].length <= 100 ? text : null);
    });
    box.addEventListener('keydown', (event) => {
      if (event.key === 'Enter') event.preventDefault();
    });
  };

  document.querySelectorAll('.facet[data-find]').forEach(searchInside);
})();
