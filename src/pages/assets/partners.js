/* Runs the examples of the partner page where they stand, and shows the widget anew when something is chosen in its
   builder. Without it the examples are links, and the builder has a button. All words come from the page. */
(() => {
  'use strict';
  const filled = (text, places) => text.replace(/\{(\w+)\}/g, (whole, name) => places[name] ?? whole);

  /* The examples */

  const MOST_SHOWN = 12000;
  const examples = document.querySelector('.examples');

  async function ask(address, words) {
    const began = performance.now();
    const response = await fetch(address, { headers: { accept: 'application/json' } });
    const text = await response.text();
    const took = Math.round(performance.now() - began);
    const bytes = new Blob([text]).size.toLocaleString();
    let shown = text;
    try {
      shown = JSON.stringify(JSON.parse(text), null, 2);
    } catch {
      // It is shown as it came.
    }
    if (shown.length > MOST_SHOWN) shown = `${shown.slice(0, MOST_SHOWN)}\n${words.cut}`;
    return { told: filled(words.answered, { status: response.status, ms: took, bytes }), shown };
  }

  function addRunner(example, words, status) {
    const link = example.querySelector('.call a');
    const title = example.querySelector('h3');
    const button = document.createElement('button');
    button.type = 'button';
    button.textContent = words.run;
    button.setAttribute('aria-describedby', title.id);
    const answer = document.createElement('div');
    answer.className = 'answer';
    button.addEventListener('click', async () => {
      button.disabled = true;
      status.textContent = words.running;
      const { told, shown } = await ask(link.href, words).catch(() => ({ told: words.failed, shown: '' }));
      const line = document.createElement('p');
      line.className = 'hint';
      line.textContent = told;
      answer.replaceChildren(line);
      if (shown) {
        const box = document.createElement('pre');
        box.tabIndex = 0;
        box.setAttribute('role', 'region');
        box.setAttribute('aria-label', `${words.answer}: ${title.textContent}`);
        box.textContent = shown;
        answer.append(box);
      }
      status.textContent = told;
      button.disabled = false;
      button.focus();
    });
    example.querySelector('.actions').prepend(button);
    example.append(answer);
  }

  if (examples) {
    const status = document.getElementById('examples-status');
    for (const example of examples.children) addRunner(example, examples.dataset, status);
  }

  /* The builder */

  const form = document.querySelector('[data-live-form]');
  if (!form) return;
  const preview = document.getElementById('preview');
  const { liveStatus, palette } = form.closest('.builder').dataset;
  const status = document.createElement('p');
  status.className = 'unseen';
  status.setAttribute('role', 'status');
  form.append(status);

  // The frame is a page of ours, so its widget can be given the colours that the line will give it.
  function paint() {
    const widget = preview.contentDocument?.querySelector('signpost-search');
    if (!widget) return;
    for (const name of [...widget.style]) widget.style.removeProperty(name);
    for (const property of preview.dataset.style.split('; ').filter(Boolean)) {
      const [name, value] = property.split(': ');
      widget.style.setProperty(name, value);
    }
  }

  preview.addEventListener('load', paint);
  paint();
  addEventListener('message', ({ data, source }) => {
    if (source === preview.contentWindow && data?.type === 'signpost-height') preview.height = Math.min(data.height, 2000);
  });

  let asked = new AbortController();

  function addressOfForm() {
    const chosen = [...new FormData(form)].filter(([, value]) => value.trim() !== '');
    return `${form.getAttribute('action')}?${new URLSearchParams(chosen)}`;
  }

  async function show() {
    asked.abort();
    asked = new AbortController();
    const address = addressOfForm();
    const response = await fetch(address, { signal: asked.signal });
    const page = new DOMParser().parseFromString(await response.text(), 'text/html');
    const frame = page.getElementById('preview');
    if (!frame) return;
    for (const part of document.querySelectorAll('[data-live]')) {
      part.replaceChildren(...(page.getElementById(part.id)?.childNodes ?? []));
    }
    preview.dataset.style = frame.dataset.style;
    if (preview.getAttribute('src') === frame.getAttribute('src')) paint();
    else preview.src = frame.getAttribute('src');
    history.replaceState(null, '', address);
    if (response.ok) status.textContent = liveStatus;
  }

  form.addEventListener('change', () => {
    // Whatever fails, the button of the form still does the same.
    show().catch(() => {});
  });

  for (const box of form.querySelectorAll('[data-colour]')) {
    const picker = document.createElement('input');
    picker.type = 'color';
    picker.className = 'palette';
    picker.setAttribute('aria-label', filled(palette, { label: form.querySelector(`label[for="${box.id}"]`).textContent }));
    const follow = () => {
      if (/^#[0-9a-f]{6}$/i.test(box.value)) picker.value = box.value.toLowerCase();
    };
    follow();
    box.addEventListener('input', follow);
    picker.addEventListener('input', () => {
      box.value = picker.value;
    });
    box.after(picker);
  }
})();
