// What others write into titles, descriptions, addresses and questions: it is shown as text, on every page, and does nothing.

import { PAYLOADS } from './answers.mjs';
import { launch, open } from './browser.mjs';
import { claim } from './claims.mjs';
import { ask, slots } from './pages.mjs';
import { AT_ONCE, each, long, origin, payloads } from './settings.mjs';

/** So many ids stand in one address: as many as a shortlist holds. */
const IDS_AN_ADDRESS = 40;
/** So many characters of own words stand in one address; a server takes some eight thousand. */
const ADDRESS_CHARACTERS = 6_000;
/** After so many a browser is closed, and another started: one that has shown thousands may not outlive the next. */
const PAGES_A_VISIT = 250;
/** So much text a report holds, and so many lines a plan takes well. */
const DETAIL_CHARACTERS = 2_000;
/** So many of the forms are sent in the short run: one of so many payloads. */
const FORM_STEP = 4;
/** In the short run the places that are asked share the payloads between them: each has one of so many of ours, and of the suites'. */
const SHORT_STEP = { ours: 3, others: 12 };

/** Runs before the page: what a payload would call counts itself. */
function count() {
  for (const name of ['alert', 'confirm', 'prompt', 'print', 'open']) window[name] = () => void (window.__xss += 1);
}

/** Runs in the page: every sign that a text of others became more than text. */
function signs() {
  const found = [];
  const isOurs = (address) => new URL(address, location.href).origin === location.origin;
  const everything = (root) => [...root.querySelectorAll('*')].flatMap((one) => [one, ...(one.shadowRoot ? everything(one.shadowRoot) : [])]);
  const isXml = document.contentType.endsWith('xml');
  const reads = (text) => {
    try {
      return Boolean(JSON.parse(text));
    } catch {
      return false;
    }
  };
  if (window.__xss > 0) found.push(`${window.__xss} ran`);
  for (const one of everything(document)) {
    const tag = one.localName;
    if (tag === 'script' && one.type === 'application/ld+json' && !reads(one.textContent)) found.push('JSON-LD that is no JSON');
    if (tag === 'script' && one.type !== 'application/ld+json' && !(one.src && isOurs(one.src) && !one.textContent)) found.push(`script ${one.outerHTML.slice(0, 80)}`);
    if (tag === 'iframe' && !new URL(one.src).pathname.startsWith('/embed/')) found.push(`iframe ${one.src}`);
    // What a browser shows XML with has a style of its own.
    const isStyle = tag === 'style' && !isXml && !(one.getRootNode() instanceof ShadowRoot);
    if (isStyle || ['object', 'embed', 'base', 'applet', 'frame', 'marquee', 'math', 'audio', 'isindex'].includes(tag)) found.push(tag);
    if (tag === 'meta' && one.httpEquiv) found.push(`meta ${one.httpEquiv}`);
    for (const { name, value } of one.attributes) {
      if (/^on/i.test(name)) found.push(`${tag} ${name}=${value.slice(0, 60)}`);
      const isAddress = /^(href|src|action|formaction|xlink:href|data|poster|background|srcset|ping)$/i.test(name);
      // As a browser reads it: spaces and control characters before it do not count, and those within are dropped.
      if (isAddress && /^(javascript|vbscript|data|blob|file):/i.test(value.replaceAll(/[\u0000-\u0020]/g, ''))) found.push(`${tag} ${name}=${value.slice(0, 60)}`);
      if (/^(src|action|formaction|poster|background|srcset)$/i.test(name) && !isOurs(value)) found.push(`${tag} ${name} leads elsewhere: ${value.slice(0, 60)}`);
    }
  }
  return [...found, ...window.__violations.filter((one) => !isXml || one !== 'style-src-elem inline')];
}

/** Runs in the page: whether the widget has shown what it found, where there is one. */
function hasAnswered() {
  const search = document.querySelector('signpost-search');
  return !search || search.shadowRoot?.querySelector('.found')?.childElementCount > 0;
}

/** Runs in the page: sends the form that has these fields, as a browser would that checks nothing. */
function send(fields) {
  const names = Object.keys(fields);
  const form = [...document.querySelectorAll('main form[method=post]')].find((one) => names.every((name) => one.elements.namedItem(name)));
  for (const name of names) form.elements.namedItem(name).value = fields[name];
  form.noValidate = true;
  form.requestSubmit(form.querySelector('button[type=submit]'));
}

/** Opens what is to be seen: an address, or what comes of a form `at` an address that is sent with `fields` in it. */
async function visit(page, one) {
  const options = { waitUntil: 'load', timeout: 20_000 };
  if (typeof one === 'string') return page.goto(origin + one, options);
  await page.goto(origin + one.at, options);
  const [answer] = await Promise.all([page.waitForNavigation(options), page.evaluate(send, one.fields)]);
  return answer;
}

/** Opens pages one after the other, a few at a time, and notes what they did. */
class Watch {
  /** Opens each, and claims that nothing happened, that each is answered as `isAnswered` asks, and that one at least was shown where `isShown`. */
  async claim(what, visits, isAnswered = (status) => status === 200, isShown = false) {
    const wrong = [];
    const statuses = new Set();
    await each(parts(visits, Math.min(PAGES_A_VISIT, Math.ceil(visits.length / AT_ONCE))), (list) => this.walk(list, isAnswered, wrong, statuses));
    if (isShown && !statuses.has(200)) wrong.push(`no page was shown: ${[...statuses].join(', ')}`);
    claim(`${what}: ${visits.length} pages opened, nothing runs, nothing is more than text`, visits.length > 0 ? wrong : ['nothing was opened']);
  }

  async walk(visits, isAnswered, wrong, statuses) {
    const browser = await launch();
    try {
      await this.look(browser, visits, isAnswered, wrong, statuses);
    } finally {
      await browser.close();
    }
  }

  async look(browser, visits, isAnswered, wrong, statuses) {
    const { page, context, seen } = await open(browser);
    await context.addInitScript(count);
    await context.route((url) => url.origin !== origin, (route) => route.abort());
    for (const one of visits) {
      const address = one.fields ? one.at : one;
      const short = `${address} ${JSON.stringify(one.fields ?? '')}`.slice(0, 120);
      try {
        const answer = await visit(page, one);
        statuses.add(answer.status());
        if (!isAnswered(answer.status())) wrong.push(`${answer.status()} at ${short}`);
        if (address.startsWith('/embed/')) await page.waitForFunction(hasAnswered);
        for (const sign of await page.evaluate(signs)) wrong.push(`${sign} at ${short}`);
      } catch (error) {
        // A table or a calendar is kept as a file, and no page is made of it.
        if (!/Download is starting|ERR_ABORTED/.test(error.message)) wrong.push(`${error.message.split('\n')[0]} at ${short}`);
      }
      for (const error of seen.errors.splice(0)) wrong.push(`${error} at ${short}`);
    }
    const elsewhere = seen.requests.map((request) => request.url()).filter((url) => !url.startsWith('data:') && new URL(url).origin !== origin);
    wrong.push(...elsewhere.map((url) => `asked ${url.slice(0, 100)}`));
    await context.close();
  }
}

/** The ids of all resources that were harvested with a payload. */
async function harvested() {
  const ids = [];
  for (let page = 1; ; page += 1) {
    const { results, links } = await ask(`resources?source=hostile&fields=id&facets=none&per_page=100&page=${page}`);
    ids.push(...results.map((resource) => resource.id));
    if (!links.next) return ids;
  }
}

/** The values in lists of at most so many. */
function parts(values, most) {
  return Array.from({ length: Math.ceil(values.length / most) }, (_, place) => values.slice(place * most, (place + 1) * most));
}

/** The texts in lists that fit an address. */
function fitting(texts) {
  const lists = [[]];
  let room = ADDRESS_CHARACTERS;
  for (const text of texts) {
    const size = encodeURIComponent(text).length + 12;
    if (size > ADDRESS_CHARACTERS) continue;
    if (size > room) {
      lists.push([]);
      room = ADDRESS_CHARACTERS;
    }
    lists.at(-1).push(text);
    room -= size;
  }
  return lists;
}

/** The payloads that are asked for in one of the places. */
function shared(place) {
  if (long) return payloads;
  const isTaken = (step) => (_, number) => (number + place) % step === 0;
  return [...payloads.slice(0, PAYLOADS.length).filter(isTaken(SHORT_STEP.ours)), ...payloads.slice(PAYLOADS.length).filter(isTaken(SHORT_STEP.others))];
}

/** Every payload in every place that it can reach. */
export async function hostile(browser) {
  if (payloads.length <= PAYLOADS.length) console.log('       the payloads of the suites are left out: SIGNPOST_SUITES names no folder with them');
  await seesWhatRuns(browser);
  const watch = new Watch();
  const ids = await harvested();
  claim(`${payloads.length} payloads became ${ids.length} resources`, ids.length >= payloads.length);
  await inResources(watch, ids);
  await inWidget(ids);
  await inLists(watch, ids);
  await asDocuments(watch, ids);
  await asAsked(watch);
  await asSent(watch, ids);
}

/** What is looked for is found: a page that does not escape what others write. */
async function seesWhatRuns(browser) {
  const { page, context, seen } = await open(browser);
  await context.addInitScript(count);
  const careless = (text) => ({ contentType: 'text/html', body: `<!DOCTYPE html><title>Careless</title>${text}` });
  const texts = ['<script>alert(1)</script>', '<img src="data:," onerror="alert(1)">', '<a href=" java\nscript:alert(1)">x</a>', '<img src="https://elsewhere.example/x">', '<base href="/x">'];
  const missed = [];
  for (const text of texts) {
    await page.unrouteAll();
    await page.route(`${origin}/careless`, (route) => route.fulfill(careless(text)));
    await page.route('https://elsewhere.example/**', (route) => route.abort());
    await page.goto(`${origin}/careless`);
    if ((await page.evaluate(signs)).length === 0) missed.push(text);
  }
  claim('the tests see what runs, in a page that does not escape it', [...missed, ...seen.errors]);
  await context.close();
}

async function inResources(watch, ids) {
  const numbers = (count) => Array.from({ length: Math.ceil(count) }, (_, place) => place + 1);
  await watch.claim('results of a search', numbers(Math.min(ids.length, 10_000) / 20).map((page) => `/?source=hostile&page=${page}`));
  const some = long ? ids : ids.filter((_, place) => place % 4 === 0);
  await watch.claim('pages of resources', some.map((id) => `/resources/${id}`));
  await watch.claim('forms of reports', (long ? ids : ids.filter((_, place) => place % 30 === 0)).map((id) => `/resources/${id}/report`));
  await watch.claim('widgets', numbers(long ? 20 : 4).map((page) => `/embed/search?${new URLSearchParams({ source: 'hostile', limit: '20', q: payloads[page] })}`).concat('/embed/search?source=hostile&limit=20'));
}

/** Every resource in the widget, as visitors ask for more. */
async function inWidget(ids) {
  const wrong = [];
  const browser = await launch();
  try {
    const { page, context, seen } = await open(browser);
    await context.addInitScript(count);
    await context.route((url) => url.origin !== origin, (route) => route.abort());
    await page.goto(`${origin}/embed/search?source=hostile&limit=20`);
    await page.waitForFunction(hasAnswered);
    const shown = () => page.locator('signpost-search .list > li').count();
    const more = page.locator('signpost-search button.next');
    let before = await shown();
    while ((await more.count()) > 0) {
      await more.click();
      await page.waitForFunction((before) => document.querySelector('signpost-search').shadowRoot.querySelectorAll('.list > li').length > before, before);
      before = await shown();
    }
    if (before !== ids.length) wrong.push(`${before} were shown`);
    wrong.push(...(await page.evaluate(signs)), ...seen.errors);
    wrong.push(...seen.requests.map((request) => request.url()).filter((url) => !url.startsWith('data:') && new URL(url).origin !== origin));
  } catch (error) {
    wrong.push(error.message.split('\n')[0]);
  } finally {
    await browser.close();
  }
  claim(`the widget shows all ${ids.length} resources, nothing runs, nothing is more than text`, wrong);
}

async function inLists(watch, ids) {
  const [slot] = await slots();
  const lists = parts(ids, IDS_AN_ADDRESS);
  await watch.claim('shortlists', lists.map((list) => `/list?ids=${list.join()}`));
  await watch.claim('plans with resources', lists.map((list) => `/planner?${new URLSearchParams(list.map((id) => ['at', `${slot}~${id}`]))}`));
  await watch.claim('resources to be put in a plan', lists.map((list) => `/planner?add=${list.join()}`));
  await watch.claim('plans with words of one’s own', fitting(payloads).map((list) => `/planner?${new URLSearchParams(list.slice(0, 60).map((text) => ['own', `${slot}~~${text}`]))}`));
  await watch.claim('the map and the catalogues', ['/coverage?rows=publisher&columns=type', '/coverage?rows=type&columns=publisher', '/coverage?rows=publisher&columns=subject&source=hostile',
    '/sources', '/sources/hostile', '/sources/hostile?with=hostile', '/', '/students?subject=physics', '/partners', '/partners/widget?source=hostile', '/design']);
}

/** Feeds, tables and answers for machines, opened as if they were pages. */
async function asDocuments(watch, ids) {
  const search = 'source=hostile';
  const paths = ['/v1/feed.rss', '/v1/feed.atom', '/v1/feed.json', '/v1/feed.ics', '/v1/export.ndjson', '/v1/export.csv', '/v1/resources'].map((path) => `${path}?${search}`);
  const xml = ['/sources.atom', '/oai?verb=ListRecords&metadataPrefix=oai_dc', '/oai?verb=ListRecords&metadataPrefix=lom', '/oai?verb=Identify', '/sitemap.xml', '/opensearch.xml',
    '/coverage.csv?rows=publisher&columns=type', `/oembed?url=${encodeURIComponent(`${origin}/?${search}`)}`];
  const asked = shared(0).flatMap((text) => ['/v1/feed.rss', '/v1/feed.atom', '/v1/resources', '/v1/suggest', '/oai'].map((path) => `${path}?${new URLSearchParams({ q: text, verb: text })}`));
  await watch.claim('feeds, tables and answers opened as documents', [...paths, ...xml, ...asked, ...ids.slice(0, 20).map((id) => `/v1/resources/${id}`)], isNoFailure);
}

/** What is asked may be refused, but never fail. */
const isNoFailure = (status) => status < 500;
/** The same of a page that is there. */
const isShownOrRefused = (status) => [200, 400].includes(status);
/** The same of a form that makes something of a name that others may have taken. */
const isMadeOrRefused = (status) => [200, 201, 400, 409].includes(status);

/** Where a visitor's words come back: each payload in each parameter, and in the address itself. */
async function asAsked(watch) {
  const [slot] = await slots();
  const of = (path, parameters) => (text) => `${path}?${new URLSearchParams(Object.fromEntries(Object.entries(parameters).map(([name, value]) => [name, value.replace('*', () => text)])))}`;
  const places = {
    'a search': of('/', { q: '*' }),
    'the student’s search': of('/students', { q: '*' }),
    'a plan': of('/planner', { title: '*', find: '*', own: `${slot}~~*` }),
    'the name of a parameter': (text) => `/?${encodeURIComponent(text.toWellFormed())}=1`,
    'a filter': of('/', { subject: '*', level: '*', publisher: '*' }),
    'the map': of('/coverage', { rows: '*', columns: '*' }),
    'a search on the map': of('/coverage', { q: '*' }),
    'a shortlist': of('/list', { ids: '*', list: '*', words: '*' }),
    'the widget builder': of('/partners/widget', { heading: '*', q: '*', accent: '*' }),
    'a widget': of('/embed/search', { q: '*', heading: '*' }),
    'an address': (text) => `/${encodeURIComponent(text.toWellFormed())}`,
    'an address of a resource': (text) => `/resources/${encodeURIComponent(text.toWellFormed())}`,
    'an address of a catalogue': (text) => `/sources/${encodeURIComponent(text.toWellFormed())}`,
  };
  for (const [place, [name, address]] of Object.entries(places).entries()) {
    const paths = shared(place).map(address).filter((path) => path.length < 8_000);
    await watch.claim(`asked in ${name}`, paths, name.startsWith('an address') ? isNoFailure : isShownOrRefused, SHOWN.includes(name));
  }
}

/** Of the places above those that take any words: pages of theirs are shown, and not only refusals. */
const SHOWN = ['a search', 'the student’s search', 'a plan', 'a search on the map', 'a widget'];

/** What comes of forms: the page that they lead to, and the form itself with what is wrong in it. */
async function asSent(watch, ids) {
  const some = (place) => payloads.filter((text, number) => text.trim() && text.length <= DETAIL_CHARACTERS && (long || number % FORM_STEP === place % FORM_STEP));
  const key = await newKey();
  const view = `hostile-${Date.now().toString(36)}`;
  const forms = {
    'a plan that is pasted': (text) => ({ at: '/planner', fields: { paste: `${text}\nYear 9: ${text}` } }),
    // A resource takes a few reports that nobody has looked at.
    'a report': (text, number) => ({ at: `/resources/${ids[number % ids.length]}/report`, fields: { kind: 'dead-link', detail: text } }),
  };
  for (const [place, [name, form]] of Object.entries(forms).entries()) await watch.claim(`what comes of ${name}`, some(place).map(form));
  const fitting = {
    'a report with a mistake': (text, number) => ({ at: `/resources/${ids[number % ids.length]}/report`, fields: { detail: text } }),
    'a key': (text) => ({ at: '/partners/key', fields: { name: text, contact: text } }),
    'a view': (text) => ({ at: '/partners/view', fields: { act: 'save', key, name: view, title: text } }),
    'a view with mistakes': (text) => ({ at: '/partners/view', fields: { act: 'save', key, name: text, title: text, filters: text } }),
    'a view without a key': (text) => ({ at: '/partners/view', fields: { act: 'save', key: text, name: text, title: text, filters: text } }),
  };
  for (const [place, [name, form]] of Object.entries(fitting).entries()) {
    await watch.claim(`what comes of ${name}`, some(place).map(form), isMadeOrRefused, ['a key', 'a view'].includes(name));
  }
  await watch.claim('the widget of that view', [`/embed/search?view=${view}&source=hostile`, `/embed/search?view=${view}`]);
}

/** A key of a partner. */
async function newKey() {
  const answer = await fetch(`${origin}/v1/partners`, {
    method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ name: 'Hostile forms', contact: 'the office' }),
  });
  return (await answer.json()).key;
}
