/*
 * <signpost-search>: a search of Signpost in any page, from one script tag.
 *
 * It asks the open API for what it shows, and nothing else of anybody: no cookies, no storage, no fonts, no images, no
 * other host. What the API and the page say is only ever set as text; an address becomes a link only when it is http or
 * https. /docs lists its attributes, events, custom properties and parts.
 */
(() => {
  'use strict';

  // The words of each language, the levels of each nation and the style: put in here when the file is served.
  const { words: WORDS, stages: STAGES, style: STYLE } = '%DATA%';

  const NAME = 'signpost-search';
  const script = document.currentScript;
  // Where this file came from is where the API is, whatever path the service stands under.
  const HOME = script && script.src ? script.src.replace(/\/embed\/[^/]*$/, '') : '';
  const FACETS = Object.keys(WORDS.en.facets);
  // Parameters of a search that are no facets and that a page may set.
  const PLAIN = ['age', 'sort', 'inferred'];
  const FIELDS =
    'title,url,description,language,publisher,resource_types,levels,age_range,starts,deadline,closed,records';
  const ATTRIBUTES = ['view', 'q', 'limit', 'heading', 'heading-level', 'lang', 'filters', 'level-names', 'target', 'api'];
  const FIRST_VALUES = 8;
  const DESCRIPTION_CHARACTERS = 220;
  const QUERY_CHARACTERS = 512;
  // Longer than the server ever takes; then the line is at fault.
  const TIMEOUT_MS = 30000;

  /** An element with attributes, `on…` listeners and children; text stays text. */
  function make(name, attributes, ...children) {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (typeof value === 'function') element.addEventListener(key.slice(2), value);
      else if (value !== undefined && value !== null && value !== false) element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  }

  /** The address when it is one a link may lead to. */
  function webAddress(text, base) {
    try {
      const url = new URL(text, base);
      return /^https?:$/.test(url.protocol) ? url : null;
    } catch {
      return null;
    }
  }

  /** The counted values of a facet. */
  const counted = (answer, facet) => list(((answer.facets || {})[facet] || {}).values);

  const list = (value) => (Array.isArray(value) ? value : []);
  const split = (text) => (text || '').split(/[\s,]+/).filter(Boolean);

  function shorten(text) {
    if (text.length <= DESCRIPTION_CHARACTERS) return text;
    return text.slice(0, DESCRIPTION_CHARACTERS).replace(/\s+\S*$/, '') + '…';
  }

  /** Dates without an offset are local already; those with one are told as clocks in the United Kingdom show them. */
  function day(text, lang) {
    const isInstant = /T.*(Z|[+-]\d\d:?\d\d)$/.test(text);
    const date = new Date(isInstant ? text : text.slice(0, 10) + 'T00:00:00Z');
    if (isNaN(date)) return text;
    const timeZone = isInstant ? 'Europe/London' : 'UTC';
    return new Intl.DateTimeFormat(lang, { dateStyle: 'long', timeZone }).format(date);
  }

  /** Whether dark or light is read better on a colour `#rrggbb`. Source: WCAG 2.2, relative luminance. */
  function isDark(hex) {
    const part = (place) => {
      const value = parseInt(hex.slice(place, place + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    };
    return 0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5) < 0.18;
  }

  /** The style sheet of a view's theme. Whatever is not of the form that is expected is left out. */
  function themeStyle(theme) {
    const colour = (value) => (/^#[0-9a-f]{6}$/i.test(value) ? value : null);
    const [accent, background, text] = [theme.accent, theme.background, theme.text].map(colour);
    const lines = [];
    if (accent) lines.push(`--_theme-accent:${accent};--_theme-on-accent:${isDark(accent) ? '#ffffff' : '#000000'}`);
    if (background) lines.push(`--_theme-background:${background}`);
    if (text) lines.push(`--_theme-text:${text}`);
    // Colours are chosen for one background; half of them light and half dark could not be read.
    if (accent || background || text) lines.push(`--_scheme:${background && isDark(background) ? 'dark' : 'light'}`);
    if (Number.isInteger(theme.corner_px) && theme.corner_px >= 0) lines.push(`--_theme-corner:${theme.corner_px}px`);
    if (theme.density === 'compact') lines.push('--_theme-space:0.65em');
    const font = theme.font === 'inherit' ? '.frame{font-family:var(--signpost-font,inherit)}' : '';
    return `:host{${lines.join(';')}}${font}`;
  }

  let sheet;

  class SignpostSearch extends HTMLElement {
    static observedAttributes = [...ATTRIBUTES, ...FACETS, ...PLAIN];

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
      const lang = (this.getAttribute('lang') || 'en').toLowerCase();
      this.lang_ = [lang, lang.split('-')[0], 'en'].find((one) => Object.hasOwn(WORDS, one));
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
        this.loadTheme(view);
      }
      const asked = this.hasAttribute('filters') ? split(this.getAttribute('filters')) : ['subject', 'level', 'type'];
      this.choosable = asked.filter((name) => FACETS.includes(name));
      this.preset = new Map();
      for (const name of FACETS) {
        const value = this.getAttribute(name);
        if (value) this.preset.set(name, name === 'publisher' ? [value] : split(value));
      }
      this.state = { q: this.getAttribute('q') || '', filters: new Map(this.preset), literal: false };
      this.draw();
      const has = (name) => this.getAttribute(name);
      if (this.state.q || this.preset.size || view || PLAIN.some(has)) this.search();
    }

    /** A text in the interface's language; `{name}` is filled in. */
    say(key, values = {}) {
      let text = WORDS[this.lang_][key];
      if (typeof text === 'object') text = text[this.plural.select(values.n)] || text.other;
      return text.replace(/\{(\w+)\}/g, (_, name) => {
        const value = values[name];
        return typeof value === 'number' ? this.number.format(value) : value;
      });
    }

    legend(facet) {
      return WORDS[this.lang_].facets[facet] || facet;
    }

    /** Whether visitors may take this preset away. */
    isFixed(facet) {
      return this.preset.has(facet) && !this.choosable.includes(facet);
    }

    heading(below, attributes, ...children) {
      const level = parseInt(this.getAttribute('heading-level'), 10);
      const first = level >= 1 && level <= 6 ? level : 2;
      const deeper = below + (this.getAttribute('heading') ? 1 : 0);
      return make(`h${Math.min(6, first + deeper)}`, attributes, ...children);
    }

    // Drawing

    draw() {
      const title = this.getAttribute('heading');
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
        { role: 'search', 'aria-label': this.say('about'), onsubmit: (event) => this.submit(event) },
        make('label', { class: 'ask', for: 'q' }, this.say('label')),
        make('div', { class: 'line' }, this.box, make('button', { type: 'submit', class: 'main', part: 'button' },
          this.say('search'))),
        this.filters,
      );
      const credit = make('p', { class: 'credit' }, this.home && this.link(this.home + '/', this.say('credit')));
      const frame = make('div', { class: 'frame', part: 'frame', lang: this.lang_, dir: 'ltr' });
      if (title) frame.append(this.heading(-1, { class: 'name', part: 'heading' }, title));
      frame.append(form, this.chips, this.status, this.found, credit);
      this.shadowRoot.replaceChildren(frame);
    }

    /** A link that leads where the host page lets it. */
    link(href, ...children) {
      const target = /^_(blank|top|parent|self)$/.exec(this.getAttribute('target') || '');
      if (target && target[0] === '_blank') children.push(make('span', { class: 'unseen' }, ' ' + this.say('newTab')));
      return make('a', { href, target: target && target[0], rel: 'noopener' }, ...children);
    }

    button(label, onclick, attributes) {
      return make('button', { type: 'button', part: 'button', onclick, ...attributes }, label);
    }

    // Searching

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
      parameters.set('per_page', Math.min(20, Math.max(1, limit || 5)));
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
      error.status = response.status;
      throw error;
    }

    /** The last search wins: the one before it is given up. */
    async ask(address) {
      if (!this.home) throw new Error('this script does not know where Signpost is: load it from there, or set api');
      if (this.pending) this.pending.abort();
      const mine = (this.pending = new AbortController());
      const timer = setTimeout(() => mine.abort('slow'), TIMEOUT_MS);
      this.found.setAttribute('aria-busy', 'true');
      const patience = setTimeout(() => (this.status.textContent = this.say('searching')), 1500);
      try {
        const answer = await this.get(address, mine.signal);
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

    notes(answer) {
      const meant = answer.interpretation || {};
      const note = (...children) => make('p', { class: 'note' }, ...children);
      const follow = (label, link) => this.button(label, () => this.follow(link), { class: 'link' });
      const notes = answer.total ? [] : [note(this.say('none'))];
      const corrected = list(meant.corrected).map((one) => note(this.say('corrected', one)));
      notes.push(...corrected);
      if (meant.loosened) notes.push(note(this.say('loosened')));
      if (answer.suggestion && !corrected.length) {
        const { text, total, link } = answer.suggestion;
        notes.push(note(this.say('didYouMean') + ' ', follow(`“${text}”`, link), this.soft(` (${this.number.format(total)})`)));
      }
      const ways = list(answer.looser).filter((way) => !(way.facet && this.isFixed(way.facet)));
      if (ways.length) {
        const label = (way) =>
          way.change === 'literal' ? this.say('literal')
          : this.say(way.change === 'instead' ? 'instead' : 'without', { label: way.label || way.word });
        const item = (way) => make('li', {}, follow(label(way), way.link), this.soft(` (${this.number.format(way.total)})`));
        notes.push(make('div', { class: 'note' }, make('p', {}, this.say('few')), make('ul', { class: 'ways' }, ...ways.map(item))));
      }
      return notes;
    }

    soft(text) {
      return make('span', { class: 'soft' }, text);
    }

    foot(answer) {
      const next = answer.links && answer.links.next && webAddress(answer.links.next, this.home + '/');
      const showing = this.say('showing', { shown: this.shown, n: answer.total });
      const foot = make('div', { class: 'foot' });
      // A page behind this one is asked of the same host or not at all.
      if (next && next.origin === new URL(this.home).origin) {
        const button = this.button(this.say('more'), () => this.more(button, next.href), { class: 'next' });
        foot.append(button);
      }
      foot.append(make('p', { class: 'showing' }, showing));
      return foot;
    }

    /** Whose names for levels are shown: as the page says, else of the levels or the nation asked for, else England's. */
    nations(answer) {
      const said = split(this.getAttribute('level-names')).filter((name) => Object.hasOwn(STAGES, name));
      if (said.length) return said;
      const meant = list((answer.interpretation || {}).filters).filter((one) => one.facet === 'level' && !one.negated);
      const ids = [...(this.state.filters.get('level') || []), ...meant.map((one) => one.id)];
      const nation = Object.keys(STAGES).find((name) => ids.some((id) => STAGES[name].includes(id)));
      const asked = (this.state.filters.get('nation') || []).find((name) => Object.hasOwn(STAGES, name));
      return [nation || asked || 'england'];
    }

    result(resource, answer) {
      const lang = resource.language && resource.language.id;
      const spoken = !lang || lang === 'bsl' ? 'en' : lang;
      const foreign = spoken === this.lang_ ? null : spoken;
      const url = webAddress(resource.url) || webAddress(`${this.home}/resources/${encodeURIComponent(resource.id)}`);
      const title = resource.title || '';
      const link = url ? this.link(url.href, title) : make('span', {}, title);
      const open = (event) => this.open(event, resource, url);
      link.addEventListener('click', open);
      link.addEventListener('auxclick', open);
      const item = make('li', { class: 'result', part: 'result' });
      item.append(this.heading(1, { class: 'title', part: 'title', lang: foreign, dir: 'auto' }, link));
      const sources = counted(answer, 'source');
      const names = list(resource.records).map((record) => (sources.find((one) => one.id === record.source) || {}).label);
      const named = [...new Set(names.filter(Boolean))].join(', ');
      const host = url && resource.url ? url.hostname.replace(/^www\./, '') : '';
      // A catalogue is mostly named after who publishes it.
      const publisher = named.includes(resource.publisher) ? '' : resource.publisher;
      const origin = [publisher, host, named && this.say('from', { name: named })].filter(Boolean).join(' · ');
      if (origin) item.append(make('p', { class: 'soft' }, origin));
      if (resource.description) {
        item.append(make('p', { class: 'say', lang: foreign, dir: 'auto' }, shorten(resource.description)));
      }
      const tags = this.tags(resource, answer);
      if (tags.length) item.append(make('ul', { class: 'tags' }, ...tags));
      const unstated = list(resource.unstated).map((facet) => this.legend(facet));
      if (unstated.length) item.append(make('p', { class: 'soft' }, this.say('unstated', { list: unstated.join(', ') })));
      return item;
    }

    tags(resource, answer) {
      const tag = (...children) => make('li', {}, ...children);
      const loud = (key) => make('li', { class: 'loud' }, this.say(key));
      const tags = [];
      if (resource.pinned) tags.push(loud('pinned'));
      if (resource.closed) tags.push(loud('closed'));
      for (const type of list(resource.resource_types).slice(0, 2)) tags.push(tag(type.label));
      const stages = this.nations(answer).flatMap((name) => STAGES[name]);
      const levels = list(resource.levels).filter((level) => stages.includes(level.id));
      for (const level of levels.slice(0, 4)) {
        const inferred = level.method === 'inferred' && make('span', { class: 'mark' }, this.say('workedOut'));
        tags.push(tag(level.label, inferred && ' ', inferred));
      }
      const age = resource.age_range;
      if (!levels.length && age) tags.push(tag(this.say(age.to > 98 ? 'agesFrom' : 'ages', age)));
      if (resource.starts) tags.push(tag(this.say('starts', { date: day(resource.starts, this.locale) })));
      if (resource.deadline) tags.push(tag(this.say('enterBy', { date: day(resource.deadline, this.locale) })));
      return tags;
    }

    showChips(answer) {
      const meant = list((answer.interpretation || {}).filters);
      const chip = (label, onclick) =>
        make('li', {}, this.button(label, onclick, { class: 'chip', part: 'chip', 'aria-label': this.say('remove', { label }) }));
      const row = (key, items) =>
        items.length ? [make('ul', { class: 'chips', 'aria-label': this.say(key) }, make('li', {}, make('span', { class: 'soft' }, this.say(key))), ...items)] : [];
      const cross = (item) => {
        item.firstChild.append(make('span', { class: 'cross', 'aria-hidden': 'true' }, '×'));
        return item;
      };
      const understood = meant.map((one) =>
        cross(chip(one.negated ? this.say('not', { label: one.label }) : one.label, () => this.follow(one.without))));
      const chosen = [];
      for (const [facet, ids] of this.state.filters) {
        if (this.isFixed(facet)) continue;
        for (const id of ids) {
          const remove = () => {
            this.choose(facet, id, false);
            this.search({ focus: true });
          };
          chosen.push(cross(chip(`${this.legend(facet)}: ${this.label(answer, facet, id)}`, remove)));
        }
      }
      if (chosen.length > 1) {
        const clear = () => {
          for (const facet of [...this.state.filters.keys()]) if (!this.isFixed(facet)) this.state.filters.delete(facet);
          this.search({ focus: true });
        };
        chosen.push(make('li', {}, this.button(this.say('clear'), clear, { class: 'link' })));
      }
      this.chips.replaceChildren(...row('understood', understood), ...row('chosenFilters', chosen));
      this.filterSummary.textContent =
        this.say('filters') + (chosen.length ? ` (${this.say('chosen', { n: chosen.length - (chosen.length > 1) })})` : '');
    }

    label(answer, facet, id) {
      if (id === '_none') return this.say('notStated');
      const value = counted(answer, facet).find((one) => one.id === id);
      return value ? value.label : id;
    }

    // Filters

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
      const values = counted(answer, facet).filter((one) => one.id !== '_none' && (one.count || one.selected));
      if (facet !== 'level') return values;
      const stages = this.nations(answer).flatMap((name) => STAGES[name]);
      const place = (one) => stages.indexOf(one.id) >>> 0;
      return values.filter((one) => one.selected || stages.includes(one.id)).sort((a, b) => place(a) - place(b));
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
      const kinds = { 400: 'refused', 429: 'tooMany', 503: 'tooMany' };
      const key = kinds[error.status] || (navigator.onLine === false ? 'offline' : 'failed');
      const text = this.say(key, { detail: error.message });
      const retry = this.button(this.say('retry'), again);
      const box = make('div', { class: 'trouble' }, make('p', {}, text), retry);
      this.chips.replaceChildren();
      this.found.replaceChildren(box);
      this.status.textContent = text;
      if (focus) retry.focus();
      this.tell('error', { message: error.message || text });
    }

    async loadTheme(view) {
      this.theme.replaceSync('');
      if (!view) return;
      const mine = this.themed;
      try {
        const { theme } = await this.get(`${this.home}/v1/views/${encodeURIComponent(view)}`);
        if (theme && mine === this.themed) this.theme.replaceSync(themeStyle(theme));
      } catch {
        // Without its theme a view is searched all the same; what is wrong with its name, the search tells.
      }
    }
  }

  // A browser that cannot do this, or a page that loads the file twice, keeps what it has: the link inside the element.
  if ('adoptedStyleSheets' in Document.prototype && 'replaceSync' in CSSStyleSheet.prototype && !customElements.get(NAME)) {
    customElements.define(NAME, SignpostSearch);
  }
})();
