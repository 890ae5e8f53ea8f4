/* Keeps a plan up to date while its controls are changed, without a load. Without this script a button does the same. */
(() => {
  'use strict';
  const form = document.getElementById('plan');
  const status = document.getElementById('planner-status');
  if (!form || !status) return;

  let asking = null;

  /* What waits for its own button. */
  const WRITING = ['new', 'new_at', 'new_for', 'replaces', 'link'];

  /* The address that the form would lead to, without what is blank and what is half written. */
  const addressOf = () => {
    const query = new URLSearchParams();
    for (const [name, value] of new FormData(form)) {
      if (typeof value === 'string' && value !== '' && !WRITING.includes(name)) query.append(name, value);
    }
    return `${form.getAttribute('action')}?${query}`;
  };

  const take = (page) => {
    for (const part of document.querySelectorAll('[data-part]')) {
      const fresh = page.querySelector(`[data-part="${part.dataset.part}"]`);
      if (fresh) part.replaceWith(document.adoptNode(fresh));
    }
    for (const old of document.querySelectorAll('[data-live]')) {
      const fresh = page.getElementById(old.id);
      if (!fresh) continue;
      for (const name of ['href', 'action']) {
        if (fresh.hasAttribute(name)) old.setAttribute(name, fresh.getAttribute(name));
      }
      if (fresh.hasAttribute('value')) old.value = fresh.getAttribute('value');
    }
    document.title = page.title;
  };

  /* Whoever moved something goes on from where it stands now, or from where it stood. */
  const focusOn = (label, id) => {
    const labels = [...form.querySelectorAll('.placing label')];
    const moved = labels.find((one) => one.textContent === label);
    const control = (moved && moved.control) || document.getElementById(id) || document.getElementById('plan-title');
    control.focus();
  };

  const update = async (control) => {
    if (asking) asking.abort();
    asking = new AbortController();
    const { signal } = asking;
    const address = addressOf();
    const label = control.labels.length ? control.labels[0].textContent : '';
    status.textContent = status.dataset.working;
    try {
      const answer = await fetch(address, { signal, headers: { Accept: 'text/html' } });
      const page = new DOMParser().parseFromString(await answer.text(), 'text/html');
      // A page that begins or empties a plan has other parts: that is a load.
      const isLike = !page.querySelector('.planner-start') === !document.querySelector('.planner-start');
      if (!answer.ok || !page.getElementById('plan') || !isLike) throw new Error('another page');
      take(page);
      history.replaceState(null, '', address);
      focusOn(label, control.id);
      status.textContent = status.dataset.updated;
    } catch (error) {
      if (error.name !== 'AbortError') window.location.assign(address);
    }
  };

  form.addEventListener('change', (event) => {
    // What is half written in own words stays in its field meanwhile.
    if (event.target.matches('[data-placing]')) update(event.target);
  });

  /* Blank parameters are left out of the address that a button leads to. */
  form.addEventListener('formdata', (event) => {
    if (!event.formData.get('new')) ['new_at', 'new_for', 'replaces'].forEach((name) => event.formData.delete(name));
    const blank = [...event.formData].filter(([, value]) => value === '').map(([name]) => name);
    for (const name of new Set(blank)) {
      const rest = event.formData.getAll(name).filter((value) => value !== '');
      event.formData.delete(name);
      for (const value of rest) event.formData.append(name, value);
    }
  });

  /* Enter in the box that finds is its own button, which leads to what is found. */
  document.getElementById('find')?.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter' || event.isComposing) return;
    event.preventDefault();
    form.requestSubmit(document.getElementById('find-button'));
  });

  /* What is added in own words leads to the year that is chosen for it. */
  form.addEventListener('submit', ({ submitter }) => {
    if (!submitter?.hasAttribute('data-to-year')) return;
    const [age] = form.elements.namedItem('new_at').value.split('-');
    submitter.setAttribute('formaction', `${form.getAttribute('action')}#year-${age}`);
  });

  /* What is pasted goes into the plan as it stands in the form. */
  document.getElementById('paste-form')?.addEventListener('submit', (event) => {
    event.target.setAttribute('action', addressOf());
  });

  /* A link into a folded part opens it. */
  const unfold = () => {
    const part = window.location.hash.length > 1 && document.getElementById(window.location.hash.slice(1));
    if (part instanceof HTMLDetailsElement) part.open = true;
  };
  window.addEventListener('hashchange', unfold);
  unfold();
})();
