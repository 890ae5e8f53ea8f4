/* Suggestions while typing, for every field that asks for them, and links to the shortlist that Back passes over. Without this script nothing is missing; what it says
   stands in the page. */
(() => {
  'use strict';

  const WAIT_MS = 150;
  const LIMIT = 6;
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

  /* ARIA 1.2 combobox with a listbox popup: the focus stays in the field. */
  const suggest = (input, place) => {
    const words = document.querySelector('[data-suggest-words]')?.dataset ?? {};
    const kind = (name) => document.querySelector('[data-suggest-words]')?.getAttribute(`data-kind-${name}`) ?? '';
    const facets = input.dataset.suggestFacets?.split(',');
    const list = element('ul', { id: `suggestions-${place}`, className: 'suggestions', hidden: true });
    const status = element('p', { className: 'unseen' });
    const box = element('div', { className: 'suggest-box' });
    let chosen = -1;

    list.setAttribute('role', 'listbox');
    list.setAttribute('aria-label', words.label ?? '');
    status.setAttribute('role', 'status');
    input.before(box);
    box.append(input, list, status);
    input.autocomplete = 'off';
    for (const [name, value] of [['role', 'combobox'], ['aria-autocomplete', 'list'], ['aria-expanded', 'false'],
      ['aria-controls', list.id]]) input.setAttribute(name, value);

    const choose = (next) => {
      list.children[chosen]?.setAttribute('aria-selected', 'false');
      chosen = next;
      const option = list.children[chosen];
      option?.setAttribute('aria-selected', 'true');
      option?.scrollIntoView({ block: 'nearest' });
      if (option) input.setAttribute('aria-activedescendant', option.id);
      else input.removeAttribute('aria-activedescendant');
    };
    const fold = () => {
      choose(-1);
      list.hidden = true;
      input.setAttribute('aria-expanded', 'false');
    };
    const address = (path) => {
      const to = new URL(path, location.href);
      const carried = new URL(input.dataset.suggestTo || '/', location.href).searchParams;
      for (const name of ['words', 'list']) if (carried.has(name)) to.searchParams.set(name, carried.get(name));
      return to.href;
    };
    const conceptAddress = (concept) => {
      const to = new URL(input.dataset.suggestTo || '/', location.href);
      to.searchParams.set(concept.facet, concept.id);
      return to.href;
    };
    const option = ({ label, note, href }) => {
      const made = element('li', { id: `${list.id}-${list.children.length}` });
      made.setAttribute('role', 'option');
      made.setAttribute('aria-selected', 'false');
      made.dataset.href = href;
      made.append(element('bdi', {}, label), ' ', element('span', { className: 'host' }, note));
      list.append(made);
    };
    const show = ({ concepts, titles }) => {
      fold();
      list.replaceChildren();
      for (const one of concepts.filter((concept) => !facets || facets.includes(concept.facet)).slice(0, LIMIT)) {
        option({ label: one.label, note: kind(one.facet), href: conceptAddress(one) });
      }
      for (const one of titles.slice(0, LIMIT)) {
        option({ label: one.title, note: kind('title'), href: address(one.url) });
      }
      const number = list.children.length;
      list.hidden = number === 0;
      input.setAttribute('aria-expanded', String(number > 0));
      status.textContent = number ? counted(number, words.one, words.other) : words.none ?? '';
    };
    const ask = patiently(async (text, signal) => {
      const found = await answer(`/v1/suggest?limit=${LIMIT}&q=${encodeURIComponent(text)}`, signal);
      if (document.activeElement === input) show(found);
    });
    const stop = () => {
      ask(null);
      fold();
    };

    input.addEventListener('input', () => {
      const text = input.value.trim();
      if (text.length < 2 || [...text].length > 100) {
        stop();
        status.textContent = '';
      } else ask(text);
    });
    input.addEventListener('keydown', (event) => {
      const last = list.children.length - 1;
      if (event.isComposing || (list.hidden && event.key !== 'Escape')) return;
      if (event.key === 'ArrowDown') choose(chosen < last ? chosen + 1 : -1);
      else if (event.key === 'ArrowUp') choose(chosen < 0 ? last : chosen - 1);
      else if (event.key === 'Enter' && chosen >= 0) location.assign(list.children[chosen].dataset.href);
      else if (event.key === 'Escape' && !list.hidden) stop();
      else return;
      event.preventDefault();
    });
    input.addEventListener('blur', stop);
    // The field keeps the focus, so that a press on the list is not the end of the list.
    list.addEventListener('mousedown', (event) => event.preventDefault());
    list.addEventListener('click', (event) => {
      const href = event.target.closest('[role=option]')?.dataset.href;
      if (href) location.assign(href);
    });
  };

  /* Putting something on the shortlist is no step to go back by: Back leads to where the visitor came from. */
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-add]');
    const isPlain = event.button === 0 && !(event.metaKey || event.ctrlKey || event.shiftKey || event.altKey);
    if (!link || !isPlain || event.defaultPrevented) return;
    event.preventDefault();
    location.replace(link.href);
  });

  document.querySelectorAll('input[data-suggest]').forEach(suggest);
})();
