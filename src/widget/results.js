// How an answer is shown.

class Results extends HTMLElement {
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

  /** What stands above it. A blank `heading` wants nothing there. */
  get caption() {
    const heading = this.getAttribute('heading');
    return heading === null ? (this.view && this.view.title) || '' : heading.trim();
  }

  heading(below, attributes, ...children) {
    const level = parseInt(this.getAttribute('heading-level'), 10);
    const first = level >= 1 && level <= 6 ? level : 2;
    const deeper = below + (this.caption ? 1 : 0);
    return make(`h${Math.min(6, first + deeper)}`, attributes, ...children);
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

  /** Whose names for levels are shown. */
  nations(answer) {
    const said = split(this.getAttribute('level-names')).filter((name) => Object.hasOwn(STAGES, name));
    if (said.length) return said;
    const meant = list((answer.interpretation || {}).filters).filter((one) => one.facet === 'level' && !one.negated);
    const ids = [...(this.state.filters.get('level') || []), ...meant.map((one) => one.id)];
    const nation = Object.keys(STAGES).find((name) => ids.some((id) => STAGES[name].includes(id)));
    const asked = (this.state.filters.get('nation') || []).find((name) => Object.hasOwn(STAGES, name));
    return [nation || asked || 'england'];
  }

  stages(answer) {
    return this.nations(answer).flatMap((name) => STAGES[name]);
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
    const stages = this.stages(answer);
    const levels = inStages(list(resource.levels), stages);
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

}
