/*
 * <signpost-search>: a search of Signpost in any page, from one script tag.
 *
 * It asks the open API for what it shows, and nothing else of anybody: no cookies, no storage, no fonts, no images, no
 * other host. What the API and the page say is only ever set as text; an address becomes a link only when it is http or
 * https. It never writes to the history of the page, either. /docs says the rest.
 */

const script = document.currentScript;
// Where this file came from is where the API is, whatever path the service stands under.
const HOME = script && script.src ? script.src.replace(/\/embed\/[^/]*$/, '') : '';
const FIELDS =
  'title,url,description,language,publisher,resource_types,levels,age_range,starts,deadline,closed,records';
const FIRST_VALUES = 8;
const QUERY_CHARACTERS = 512;
// Longer than the server ever takes; then the line is at fault.
const TIMEOUT_MS = 30000;
// Results wait no longer for the title and the theme of their view.
const VIEW_TIMEOUT_MS = 4000;

let sheet;

class SignpostSearch extends Results {
  static observedAttributes = ATTRIBUTES;

  connectedCallback() {
    if (!this.shadowRoot) {
      if (!sheet) {
        sheet = new CSSStyleSheet();
        sheet.replaceSync(STYLE);
      }
      this.theme = new CSSStyleSheet();
      this.attachShadow({ mode: 'open' }).adoptedStyleSheets = [sheet, this.theme];
    }
    this.start();
  }

  disconnectedCallback() {
    if (this.pending) this.pending.abort();
  }

  attributeChangedCallback(name, before, after) {
    if (before === after || !this.shadowRoot || !this.isConnected || this.willStart) return;
    // A page that sets several attributes at once starts one search.
    this.willStart = true;
    queueMicrotask(() => {
      this.willStart = false;
      if (this.isConnected) this.start();
    });
  }

  /** Reads the attributes, draws the frame, and searches when they ask for something. */
  start() {
    checkAttributes(this);
    this.lang_ = languageOf(this.getAttribute('lang') || '') || 'en';
    const locale = this.lang_ === 'en' ? 'en-GB' : this.lang_;
    this.locale = locale;
    this.plural = new Intl.PluralRules(locale);
    this.number = new Intl.NumberFormat(locale);
    const api = this.getAttribute('api');
    const home = (api && webAddress(api, document.baseURI)) || webAddress(HOME);
    this.home = home ? home.href.replace(/[?#].*$/, '').replace(/\/+$/, '') : '';
    const view = this.getAttribute('view') || '';
    if (this.home + view !== this.themed) {
      this.themed = this.home + view;
      this.viewing = this.loadView(view);
    }
    const asked = this.hasAttribute('filters') ? split(this.getAttribute('filters')) : ['subject', 'level', 'type'];
    this.choosable = asked.filter((name) => FACETS.includes(name));
    this.preset = new Map();
    for (const name of FACETS) {
      const value = this.getAttribute(name);
      if (value) this.preset.set(name, name === 'publisher' ? [value] : split(value));
    }
    this.state = { q: this.getAttribute('q') || '', filters: new Map(this.preset), literal: false };
    // What `totalWithout` knows of each facet.
    this.totals = new Map();
    this.draw();
    const has = (name) => this.getAttribute(name);
    if (this.state.q || this.preset.size || view || PLAIN.some(has)) this.search();
  }

  draw() {
    this.box = make('input', {
      type: 'search', name: 'q', id: 'q', part: 'box', maxlength: QUERY_CHARACTERS, dir: 'auto', autocomplete: 'off',
      enterkeyhint: 'search',
    });
    this.box.value = this.state.q;
    this.groups = make('div', { class: 'groups' });
    this.filterSummary = make('summary', {}, this.say('filters'));
    this.filters = make('details', { class: 'filters', part: 'filter', hidden: '' }, this.filterSummary, this.groups);
    this.chips = make('div', {});
    this.status = make('p', { class: 'unseen', role: 'status' });
    this.found = make('div', { class: 'found', part: 'results' });
    const form = make(
      'form',
      { onsubmit: (event) => this.submit(event) },
      make('label', { class: 'ask', for: 'q' }, this.say('label')),
      make('div', { class: 'line' }, this.box, make('button', { type: 'submit', class: 'main', part: 'button' },
        this.say('search'))),
      this.filters,
    );
    const credit = make('p', { class: 'credit' }, this.home && this.link(this.home + '/', this.say('credit')));
    this.frame = make('div', { class: 'frame', part: 'frame', role: 'search', lang: this.lang_, dir: 'ltr' });
    this.frame.append(form, this.chips, this.status, this.found, credit);
    this.name();
    this.shadowRoot.replaceChildren(this.frame);
  }

  /** Puts its heading above it, and calls the landmark by it. */
  name() {
    const { caption } = this;
    const label = caption || (this.view && this.view.title) || this.say('about');
    this.frame.setAttribute('aria-label', label);
    const held = this.frame.querySelector('.name');
    if (held) held.remove();
    if (caption) this.frame.prepend(this.heading(-1, { class: 'name', part: 'heading' }, caption));
  }

  submit(event) {
    event.preventDefault();
    this.state.q = this.box.value.trim();
    this.state.literal = false;
    this.search({ focus: true });
  }

  /** Goes to a search that the API names: only its parameters are read, never its host. */
  follow(address) {
    const url = webAddress(address, this.home + '/');
    if (!url) return;
    const filters = new Map();
    for (const name of FACETS) {
      const values = url.searchParams.getAll(name).flatMap((v) => (name === 'publisher' ? [v] : split(v)));
      if (values.length) filters.set(name, values);
    }
    const literal = url.searchParams.get('interpret') === 'off';
    this.state = { q: url.searchParams.get('q') || '', filters, literal };
    this.box.value = this.state.q;
    this.search({ focus: true });
  }

  address() {
    const limit = parseInt(this.getAttribute('limit'), 10);
    const parameters = new URLSearchParams();
    if (this.getAttribute('view')) parameters.set('view', this.getAttribute('view'));
    if (this.state.q) parameters.set('q', this.state.q);
    for (const [name, values] of this.state.filters) {
      for (const value of values) parameters.append(name, value);
    }
    for (const name of PLAIN) if (this.getAttribute(name)) parameters.set(name, this.getAttribute(name));
    if (this.state.literal) parameters.set('interpret', 'off');
    parameters.set('per_page', Math.min(MOST_RESULTS, Math.max(1, limit || 5)));
    // The catalogues are counted for their names.
    parameters.set('facets', [...new Set([...this.choosable, 'source'])].join(','));
    parameters.set('fields', FIELDS);
    return `${this.home}/v1/resources?${parameters}`;
  }

  /** Gets JSON; a refusal is thrown with what the problem document says. */
  async get(address, signal) {
    const response = await fetch(address, {
      signal, credentials: 'omit', referrerPolicy: 'no-referrer', headers: { accept: 'application/json' },
    });
    if (response.ok) return response.json();
    const problem = await response.json().catch(() => ({}));
    const error = new Error(problem.detail || `HTTP ${response.status}`);
    throw Object.assign(error, { status: response.status, mistakes: list(problem.errors) });
  }

  /** The last search wins: the one before it is given up. */
  async ask(address) {
    if (!this.home) {
      const error = new Error('this script does not know where Signpost is: load it from there, or set api');
      throw Object.assign(error, { status: 400 });
    }
    if (this.pending) this.pending.abort();
    const mine = (this.pending = new AbortController());
    const timer = setTimeout(() => mine.abort('slow'), TIMEOUT_MS);
    this.found.setAttribute('aria-busy', 'true');
    const patience = setTimeout(() => (this.status.textContent = this.say('searching')), 1500);
    try {
      const [answer] = await Promise.all([this.get(address, mine.signal), this.viewing]);
      return mine === this.pending ? answer : null;
    } catch (error) {
      if (mine !== this.pending || (mine.signal.aborted && mine.signal.reason !== 'slow')) return null;
      throw error;
    } finally {
      clearTimeout(timer);
      clearTimeout(patience);
      if (mine === this.pending) this.found.removeAttribute('aria-busy');
    }
  }

  async search({ focus = false, keep = false } = {}) {
    const again = () => this.search({ focus: true, keep });
    try {
      const answer = await this.ask(this.address());
      if (!answer) return;
      this.show(answer, focus, keep);
      const filters = Object.fromEntries(this.state.filters);
      this.tell('search', { q: this.state.q, filters, total: answer.total });
    } catch (error) {
      this.fail(error, again, focus);
    }
  }

  async more(button, next) {
    try {
      const answer = await this.ask(next);
      if (!answer) return;
      const items = list(answer.results).map((resource) => this.result(resource, answer));
      this.list.append(...items);
      this.shown += items.length;
      button.closest('.foot').replaceWith(this.foot(answer));
      const first = items[0] && items[0].querySelector('a');
      if (first) first.focus();
    } catch (error) {
      this.fail(error, () => this.search({ focus: true }), true);
    }
  }

  // Showing

  show(answer, focus, keep) {
    const { q } = this.state;
    const summary = this.say(q ? 'countFor' : 'count', { n: answer.total, q });
    const head = this.heading(0, { tabindex: '-1', part: 'summary', id: 'found' }, summary);
    this.head = head;
    this.shown = 0;
    this.list = make('ol', { class: 'list', 'aria-labelledby': 'found' });
    const items = list(answer.results).map((resource) => this.result(resource, answer));
    this.list.append(...items);
    this.shown = items.length;
    this.showFilters(answer, keep);
    this.showChips(answer);
    this.found.replaceChildren(
      make('div', { class: 'head' }, head),
      ...this.notes(answer),
      ...(items.length ? [this.list, this.foot(answer)] : []),
    );
    // Who is put on the heading hears it; who stays elsewhere is told.
    this.status.textContent = focus ? '' : summary;
    if (focus) head.focus();
  }

  choose(facet, id, isChosen) {
    const held = (this.state.filters.get(facet) || []).filter((one) => one !== id);
    if (isChosen) held.push(id);
    if (held.length) this.state.filters.set(facet, held);
    else this.state.filters.delete(facet);
  }

  /**
   * Draws the filters, or, after one was chosen, only sets the counts: nothing moves under the hand that chooses, and
   * the box that has the focus keeps it.
   */
  showFilters(answer, keep) {
    const open = new Set([...this.groups.querySelectorAll('details[open]')].map((details) => details.dataset.facet));
    const groups = [];
    for (const facet of this.choosable) {
      const values = this.values(answer, facet);
      const held = this.groups.querySelector(`fieldset[data-facet="${facet}"]`);
      if (keep && held) {
        this.recount(held, facet, values, counted(answer, facet));
        groups.push(held);
      } else if (values.length) {
        groups.push(this.group(facet, values, open.has(facet)));
      }
    }
    if (!keep || groups.some((group) => !group.isConnected)) this.groups.replaceChildren(...groups);
    this.filters.hidden = !groups.length;
  }

  /** The values to choose from; of the levels, those that the nation has as stages. */
  values(answer, facet) {
    const all = this.totalWithout(answer, facet);
    const narrows = (one) => one.id !== '_none' && one.count > 0 && one.count < all;
    const values = counted(answer, facet).filter((one) => one.selected || narrows(one));
    return facet === 'level' ? inStages(values, this.stages(answer)) : values;
  }

  /**
   * How many results there would be if nothing of this facet were chosen; a value that all of them have is no choice.
   * While something is chosen the answer does not tell: then it is what it was before, or what the view's value counts.
   */
  totalWithout(answer, facet) {
    const others = [...this.state.filters].filter(([name]) => name !== facet);
    const asked = JSON.stringify([this.themed, this.state.q, this.state.literal, others]);
    const values = counted(answer, facet);
    if (!values.some((one) => one.selected)) this.totals.set(facet, { asked, total: answer.total });
    const held = this.totals.get(facet);
    if (held && held.asked === asked) return held.total;
    const preset = list(((this.view && this.view.filters) || {})[facet]);
    const only = preset.length === 1 && values.find((one) => one.id === preset[0]);
    return only ? only.count : Infinity;
  }

  group(facet, values, isOpen) {
    const choices = values.map((value) => this.choice(facet, value));
    const first = choices.filter((_, place) => place < FIRST_VALUES || values[place].selected);
    const rest = choices.filter((choice) => !first.includes(choice));
    const group = make('fieldset', { 'data-facet': facet }, make('legend', {}, this.legend(facet)), ...first);
    if (rest.length) {
      const label = this.say('showAll', { n: values.length });
      const summary = make('summary', {}, label, make('span', { class: 'unseen' }, ` (${this.legend(facet)})`));
      group.append(make('details', { 'data-facet': facet, open: isOpen && '' }, summary, ...rest));
    }
    return group;
  }

  choice(facet, value) {
    const onchange = (event) => {
      this.choose(facet, value.id, event.target.checked);
      this.search({ keep: true });
    };
    const box = make('input', { type: 'checkbox', name: facet, value: value.id, onchange });
    box.checked = value.selected;
    const count = this.soft(this.amount(value));
    return make('label', { class: 'choice' }, box, make('span', {}, value.label, ' ', count));
  }

  amount(value) {
    const inferred = value.inferred ? `, ${this.say('inferred', { n: value.inferred })}` : '';
    return `(${this.number.format(value.count)}${inferred})`;
  }

  recount(group, facet, values, all) {
    for (const box of group.querySelectorAll('input')) {
      const value = all.find((one) => one.id === box.value) || { count: 0 };
      box.checked = (this.state.filters.get(facet) || []).includes(box.value);
      box.nextSibling.lastChild.textContent = this.amount(value);
    }
    const held = [...group.querySelectorAll('input')].map((box) => box.value);
    const added = values.filter((value) => !held.includes(value.id)).map((value) => this.choice(facet, value));
    (group.querySelector('details') || group).append(...added);
  }

  // What happens, told to the page and to the partner whose view it is

  tell(name, detail, cancelable = false) {
    return this.dispatchEvent(new CustomEvent(`signpost-${name}`, { detail, cancelable, bubbles: true, composed: true }));
  }

  open(event, resource, url) {
    // The middle button opens as well; the right one does not.
    if (event.type === 'auxclick' && event.button !== 1) return;
    const detail = { id: resource.id, url: url && url.href, title: resource.title };
    if (!this.tell('select', detail, true)) {
      event.preventDefault();
      return;
    }
    const view = this.getAttribute('view');
    if (!view) return;
    // That a result was opened is counted for the view; who opened it is not known. Plain text needs no preflight.
    fetch(`${this.home}/v1/views/${encodeURIComponent(view)}/openings`, {
      method: 'POST', mode: 'no-cors', body: JSON.stringify({ resource: resource.id }), keepalive: true,
      credentials: 'omit', referrerPolicy: 'no-referrer',
    }).catch(() => {});
  }

  fail(error, again, focus) {
    // Who wrote the page can help it, its visitors cannot.
    const isRefused = error.status === 400;
    const isBusy = error.status === 429 || error.status === 503;
    const offline = navigator.onLine === false ? 'offline' : 'failed';
    const text = this.say(isRefused ? 'refused' : isBusy ? 'tooMany' : offline);
    const box = make('div', { class: 'trouble', tabindex: '-1' }, make('p', {}, text));
    const retry = this.button(this.say('retry'), again);
    box.append(isRefused ? '' : retry, isBusy ? '' : this.fallback());
    this.chips.replaceChildren();
    this.found.replaceChildren(box);
    this.status.textContent = text;
    if (focus) (isRefused ? box : retry).focus();
    if (isRefused) this.explain(error);
    const { message, status } = error;
    this.tell('error', { message: message || text, status });
  }

  /** The link that the page put inside for when there is no script, else one to Signpost. */
  fallback() {
    if (this.querySelector('a[href]')) return make('p', {}, make('slot', {}));
    return this.home ? make('p', {}, this.link(this.home + '/', this.say('elsewhere'))) : '';
  }

  explain({ message, mistakes }) {
    for (const { parameter, detail } of list(mistakes)) warn(`${parameter}: ${detail}`);
    if (!list(mistakes).length) warn(message);
  }

  /** What a view is called, what it is narrowed to, and its theme. Without them it is searched all the same. */
  async loadView(view) {
    this.view = null;
    this.theme.replaceSync('');
    if (!view) return;
    const mine = this.themed;
    const control = new AbortController();
    const timer = setTimeout(() => control.abort(), VIEW_TIMEOUT_MS);
    try {
      const answer = await this.get(`${this.home}/v1/views/${encodeURIComponent(view)}`, control.signal);
      if (mine !== this.themed) return;
      this.view = answer;
      this.theme.replaceSync(themeStyle(answer.theme || {}));
      this.name();
    } catch {
      // What is wrong with its name, the search tells.
    } finally {
      clearTimeout(timer);
    }
  }
}

// A browser that cannot do this, or a page that loads the file twice, keeps what it has: the link inside the element.
if ('adoptedStyleSheets' in Document.prototype && 'replaceSync' in CSSStyleSheet.prototype && !customElements.get(NAME)) {
  customElements.define(NAME, SignpostSearch);
}
