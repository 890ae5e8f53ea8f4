// What the widget promises, tried in Chromium against a running Signpost with the catalogues that ship.
//
//   node run.mjs --origin http://127.0.0.1:8080 [--shots DIR] [--payloads FILE]
//
// The pages it is put into come from another origin. One line a claim, and a closing line; the exit code says whether
// all of them hold. A file of payloads holds one JSON object on each line, with the text as `payload` or `s`.

import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PAYLOADS, filledWith, nothing, themeOf } from './answers.mjs';
import { axe, differences, inside, launch, open, settled, styles } from './browser.mjs';
import { servePages } from './pages.mjs';

const { values: options } = parseArgs({
  options: { origin: { type: 'string' }, shots: { type: 'string' }, payloads: { type: 'string' } },
});
if (!options.origin) {
  console.error('usage: node run.mjs --origin http://127.0.0.1:8080 [--shots DIR] [--payloads FILE]');
  process.exit(2);
}
const origin = options.origin.replace(/\/+$/, '');
const API = `${origin}/v1/resources**`;
const SEARCH = { subject: 'chemistry', level: 'ks3', heading: 'Find a resource' };

let passed = 0;
const failures = [];

/** Tells whether a claim holds; `wrong` lists what speaks against it. */
function claim(text, wrong) {
  const holds = Array.isArray(wrong) ? wrong.length === 0 : wrong === true;
  if (holds) passed += 1;
  else failures.push(text);
  const why = holds || !Array.isArray(wrong) ? '' : `\n       ${wrong.slice(0, 6).map((one) => String(one).slice(0, 200)).join('\n       ')}${wrong.length > 6 ? `\n       and ${wrong.length - 6} more` : ''}`;
  console.log(`${holds ? 'ok    ' : 'FAILED'} ${text}${why}`);
}

async function shot(page, name) {
  if (!options.shots) return;
  mkdirSync(options.shots, { recursive: true });
  await page.screenshot({ path: join(options.shots, `${name}.png`), fullPage: true });
}

/** What every page must hold to, whatever was done in it. */
async function claimQuiet(what, { page, seen, context }, hosts, expected = []) {
  const strange = seen.requests.map((request) => request.url()).filter((url) => !hosts.includes(new URL(url).origin) && !url.startsWith('data:'));
  claim(`${what}: no request but to the page's own origin and Signpost's`, strange);
  const violations = await page.evaluate(() => window.__violations);
  claim(`${what}: no violation of the page's policy`, violations.filter((one) => !expected.some((part) => one.startsWith(part))));
  claim(`${what}: no error in the page`, seen.errors);
  const kept = await page.evaluate(async () => {
    const databases = await indexedDB.databases();
    return [...Object.keys(localStorage), ...Object.keys(sessionStorage), ...databases.map((one) => one.name)];
  });
  const cookies = (await context.cookies()).map((cookie) => cookie.name).filter((name) => name !== 'secret');
  claim(`${what}: nothing is stored`, [...kept, ...cookies]);
  const told = [];
  for (const request of seen.requests.filter((request) => request.url().startsWith(`${origin}/v1`))) {
    const headers = await request.allHeaders();
    if (headers.cookie || headers.referer) told.push(`${request.url()} ${headers.cookie || headers.referer}`);
  }
  claim(`${what}: the API is told no cookie and no address of the page`, told);
}

const json = (route, body, status = 200) =>
  route.fulfill({ status, contentType: 'application/json', headers: { 'access-control-allow-origin': '*' }, body: JSON.stringify(body) });

// The states it can be in

async function states(browser, pages) {
  for (const scheme of ['light', 'dark']) {
    const opened = await open(browser, { colorScheme: scheme });
    const { page } = opened;
    await page.goto(pages.address('plain'));
    await page.waitForFunction(() => document.querySelector('signpost-search').shadowRoot);
    claim(`${scheme}, idle: axe finds nothing`, await axe(page));
    claim(`${scheme}, idle: nothing was searched for`, !opened.seen.requests.some((request) => request.url().includes('/v1/')));
    await shot(page, `idle-${scheme}`);

    await page.goto(pages.address('plain', SEARCH));
    await settled(page);
    claim(`${scheme}: results appear`, (await inside(page, (root) => root.querySelectorAll('.result').length)) === 5);
    claim(`${scheme}, results: axe finds nothing`, await axe(page));
    await shot(page, `results-${scheme}`);

    await inside(page, (root) => root.querySelectorAll('details').forEach((details) => (details.open = true)));
    claim(`${scheme}, filters open: axe finds nothing`, await axe(page));
    await shot(page, `filters-${scheme}`);

    await page.route(API, (route) => json(route, nothing()));
    await page.goto(pages.address('plain', { q: 'blacksmith', level: 'ks3' }));
    await settled(page);
    const ways = await inside(page, (root) => root.querySelectorAll('.ways button').length);
    claim(`${scheme}, nothing found: looser searches are offered`, ways === 2);
    claim(`${scheme}, nothing found: axe finds nothing`, await axe(page));
    await shot(page, `nothing-${scheme}`);

    await page.unroute(API);
    await page.route(API, (route) => route.abort());
    await page.goto(pages.address('plain', { q: 'vet' }));
    await settled(page);
    claim(`${scheme}, error: axe finds nothing`, await axe(page));
    await shot(page, `error-${scheme}`);
    await page.unroute(API);
    await inside(page, (root) => root.querySelector('.trouble button').click());
    await page.waitForFunction(() => document.querySelector('signpost-search').shadowRoot.querySelector('.result'));
    claim(`${scheme}, error: trying again brings the results`, true);
    await opened.context.close();
  }

  const { page, context } = await open(browser);
  await page.route(API, (route) => json(route, { detail: '`subject`: `x` is not in the subject vocabulary' }, 400));
  await page.goto(pages.address('plain', { subject: 'x' }));
  await settled(page);
  const text = await inside(page, (root) => root.querySelector('.trouble').textContent);
  claim('a refusal is told with what the API says', text.includes('not in the subject vocabulary'));
  await page.unroute(API);
  await page.route(API, () => {});
  await page.goto(pages.address('plain', { q: 'vet' }));
  await page.waitForFunction(() => document.querySelector('signpost-search').shadowRoot.querySelector('[aria-busy]'));
  claim('while it searches: axe finds nothing', await axe(page));
  await page.waitForTimeout(1700);
  const status = await inside(page, (root) => root.querySelector('[role=status]').textContent);
  claim('a search that takes long is told to a screen reader', status.includes('Searching'));
  await shot(page, 'busy');
  await context.close();
}

// Pages that mean harm

async function hostile(browser, pages) {
  const reference = await open(browser);
  await reference.page.goto(pages.address('plain', SEARCH));
  await settled(reference.page);
  const expected = await styles(reference.page, 'widget');
  for (const kind of ['hostile-reset', 'hostile-framework']) {
    const opened = await open(browser);
    await opened.page.goto(pages.address(kind, SEARCH));
    await settled(opened.page);
    claim(`${kind}: no style of the page comes in`, differences(expected, await styles(opened.page, 'widget')));
    const box = await opened.page.locator('signpost-search .frame').boundingBox();
    claim(`${kind}: it is seen`, box !== null && box.height > 400 && box.width > 200);
    await shot(opened.page, kind);
    await claimQuiet(kind, opened, [origin, pages.origin]);
    await opened.context.close();
  }
  await reference.context.close();

  const bare = await open(browser);
  await bare.page.goto(pages.address('hostile-without-script', SEARCH));
  const names = await bare.page.evaluate(() => Object.getOwnPropertyNames(window).filter((name) => !name.startsWith('__')).sort());
  const own = await styles(bare.page, 'page');
  await bare.page.goto(pages.address('hostile-framework', SEARCH));
  await settled(bare.page);
  claim('no style of the widget goes out', differences(own, await styles(bare.page, 'page')));
  const after = await bare.page.evaluate(() => Object.getOwnPropertyNames(window).filter((name) => !name.startsWith('__')).sort());
  claim('no name is added to the page', after.filter((name) => !names.includes(name)));
  await bare.context.close();
}

// Strict policies

async function policies(browser, pages) {
  for (const kind of ['strict', 'strict-types', 'strict-hash']) {
    const opened = await open(browser);
    await opened.page.goto(pages.address(kind, SEARCH));
    await settled(opened.page);
    const look = await inside(opened.page, (root) => [root.querySelectorAll('.result').length, getComputedStyle(root.querySelector('.main')).backgroundColor]);
    claim(`${kind}: results appear`, look[0] === 5);
    claim(`${kind}: its style is applied`, look[1] === 'rgb(10, 92, 99)');
    await shot(opened.page, kind);
    await claimQuiet(kind, opened, [origin, pages.origin]);
    await opened.context.close();
  }
  const blocked = { 'strict-wrong-hash': 'a file that is not what its hash says does not run', 'no-script-source': 'without script-src it does not run' };
  for (const [kind, text] of Object.entries(blocked)) {
    const { page, context } = await open(browser);
    await page.goto(pages.address(kind, SEARCH));
    await page.waitForTimeout(300);
    claim(`${text}, and the link inside is seen`, await page.locator('#fallback').isVisible());
    await context.close();
  }
  const { page, context } = await open(browser);
  await page.goto(pages.address('no-connect', SEARCH));
  await settled(page);
  const trouble = await inside(page, (root) => root.querySelector('.trouble') !== null);
  const violated = await page.evaluate(() => window.__violations.every((one) => one.startsWith('connect-src')));
  claim('without connect-src it says that the search did not work', trouble && violated);
  await context.close();

  const off = await open(browser, { javaScriptEnabled: false });
  await off.page.goto(pages.address('plain', SEARCH));
  claim('without scripts the link inside is seen', await off.page.locator('#fallback').isVisible());
  await shot(off.page, 'without-scripts');
  await off.context.close();
}

// In a frame

async function framed(browser, pages) {
  const opened = await open(browser);
  const { page, context } = opened;
  await page.addInitScript(() => addEventListener('message', (event) => (window.__height = event.data)));
  await page.goto(pages.address('frame', { subject: 'chemistry', level: 'ks3' }));
  const frame = page.frames()[1];
  await settled(frame);
  claim('frame: results appear', (await inside(frame, (root) => root.querySelectorAll('.result').length)) === 5);
  claim('frame: its origin is opaque', (await frame.evaluate(() => self.origin)) === 'null');
  const reached = await frame.evaluate(() => {
    try {
      return parent.document.title;
    } catch {
      return null;
    }
  });
  claim('frame: it cannot reach the page around it', reached === null);
  claim('frame: no violation of its own policy', await frame.evaluate(() => window.__violations));
  claim('frame: axe finds nothing', await axe(frame));
  const height = await page.evaluate(() => window.__height);
  claim('frame: it tells the page how tall it is', height && height.type === 'signpost-height' && height.height > 300);
  await shot(page, 'frame');

  await inside(frame, (root) => (root.querySelector('#q').value = 'vet'));
  await frame.locator('signpost-search .main').click();
  await frame.waitForFunction(() => document.querySelector('signpost-search').shadowRoot.querySelector('.head').textContent.includes('vet'));
  claim('frame: a search can be made', true);
  await context.route((url) => ![origin, pages.origin].includes(url.origin), (route) =>
    route.fulfill({ contentType: 'text/html', body: '<!DOCTYPE html><title>there</title>' }));
  const [popup] = await Promise.all([context.waitForEvent('page'), frame.locator('signpost-search .title a').first().click()]);
  await popup.waitForLoadState();
  const there = await popup.evaluate(() => [self.origin, window.opener]);
  claim('frame: a result opens outside, free of the sandbox and without a way back', there[0] !== 'null' && there[1] === null);
  await context.close();

  const answer = await fetch(`${origin}/embed/search?subject=chemistry`);
  const policy = answer.headers.get('content-security-policy') || '';
  claim('frame: any site may frame it, and nothing inline runs in it',
    policy.includes('frame-ancestors *') && !policy.includes('unsafe') && !answer.headers.has('x-frame-options'));
}

// By keyboard alone

const FOCUSED = `(() => { let one = document.activeElement; while (one && one.shadowRoot && one.shadowRoot.activeElement) one = one.shadowRoot.activeElement;
  return one ? { name: one.localName, class: one.className, type: one.type || '', text: (one.textContent || '').trim(), href: one.href || '', value: one.value || '' } : null; })()`;

async function keyboard(browser, pages) {
  const { page, context } = await open(browser);
  const focused = () => page.evaluate(FOCUSED);
  const tabTo = async (key, isIt) => {
    for (let step = 0; step < 80; step += 1) {
      await page.keyboard.press(key);
      const one = await focused();
      if (one && isIt(one)) return one;
    }
    throw new Error(`nothing like it is reached by ${key}: ${isIt}`);
  };
  const events = (name) => page.evaluate((name) => window.__events.filter((event) => event.name === name).map((event) => event.detail), name);
  const afterSearch = async (count) => {
    await page.waitForFunction((count) => window.__events.filter((event) => event.name === 'search').length >= count, count);
  };
  await page.goto(pages.address('plain', { heading: 'Find a resource' }));
  await page.waitForFunction(() => document.querySelector('signpost-search').shadowRoot);

  await tabTo('Tab', (one) => one.type === 'search');
  await page.keyboard.type('chemistry');
  await page.keyboard.press('Enter');
  await afterSearch(1);
  const heading = await focused();
  claim('keyboard: after a search the focus is on the heading of the results', heading.name === 'h3' && /\d/.test(heading.text));

  await tabTo('Shift+Tab', (one) => one.name === 'summary' && one.text.startsWith('Filters'));
  await page.keyboard.press('Enter');
  const box = await tabTo('Tab', (one) => one.type === 'checkbox');
  await page.keyboard.press('Space');
  await afterSearch(2);
  const still = await focused();
  claim('keyboard: a filter is chosen and keeps the focus', still.type === 'checkbox' && still.value === box.value);
  const status = await inside(page, (root) => root.querySelector('[role=status]').textContent);
  claim('keyboard: what was found then is told in the live region', /\d+ resource/.test(status));

  const chip = await tabTo('Tab', (one) => one.class === 'chip');
  await page.keyboard.press('Enter');
  await afterSearch(3);
  claim(`keyboard: a chip (“${chip.text}”) takes itself back`, (await focused()).name === 'h3');

  await tabTo('Tab', (one) => one.class === 'next');
  const before = await inside(page, (root) => [...root.querySelectorAll('.title a')].map((link) => link.href));
  await page.keyboard.press('Enter');
  await page.waitForFunction((count) => document.querySelector('signpost-search').shadowRoot.querySelectorAll('.result').length > count, before.length);
  const first = await focused();
  const all = await inside(page, (root) => [...root.querySelectorAll('.title a')].map((link) => link.href));
  claim('keyboard: more results follow, and the focus is on the first new one', first.href === all[before.length]);
  claim('no result stands twice', new Set(all).size === all.length);

  await page.evaluate(() => document.addEventListener('signpost-select', (event) => event.preventDefault()));
  await page.keyboard.press('Enter');
  const [chosen] = await events('select');
  claim('events: opening a result is told, and the page may keep it from leading away',
    chosen && chosen.url === first.href && chosen.title && chosen.id && new URL(page.url()).origin === pages.origin);
  const [found] = await events('search');
  claim('events: a search is told with its words, its filters and how many it found', found.q === 'chemistry' && found.total > 0 && typeof found.filters === 'object');
  await page.route(API, (route) => route.abort());
  await page.evaluate(() => document.querySelector('signpost-search').setAttribute('q', 'vet'));
  await page.waitForFunction(() => window.__events.some((event) => event.name === 'error'));
  claim('events: an attribute that changes searches anew, and an error is told', typeof (await events('error'))[0].message === 'string');
  await context.close();
}

// How it answers to what is asked of it

async function behaviour(browser, pages) {
  const opened = await open(browser);
  const { page } = opened;
  let release;
  await page.route(API, async (route) => {
    if (new URL(route.request().url()).searchParams.get('q') === 'slow') await new Promise((resolve) => (release = resolve));
    await json(route, { ...nothing(), total: 1 }).catch(() => {});
  });
  await page.goto(pages.address('plain', { q: 'slow' }));
  await page.waitForTimeout(200);
  await page.evaluate(() => document.querySelector('signpost-search').setAttribute('q', 'fast'));
  await settled(page);
  release();
  await page.waitForTimeout(200);
  const head = await inside(page, (root) => root.querySelector('.head').textContent);
  claim('the last search wins', head.includes('fast'));
  await page.unroute(API);

  await page.goto(pages.address('plain', { subject: 'chemistry', filters: 'level', limit: '3', 'heading-level': '5', heading: 'A' }));
  await settled(page);
  const drawn = await inside(page, (root) => ({
    results: root.querySelectorAll('.result').length,
    levels: [...root.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((one) => one.localName),
    legends: [...root.querySelectorAll('legend')].map((one) => one.textContent),
    chips: root.querySelectorAll('.chip').length,
  }));
  claim('limit, heading-level and filters are kept to', drawn.results === 3 && drawn.levels.slice(0, 3).join() === 'h5,h6,h6' && drawn.legends.join() === 'Level');
  claim('a filter that visitors may not choose cannot be taken away', drawn.chips === 0);
  await page.goto(pages.address('plain', { subject: 'chemistry', level: 'cfe-third' }));
  await settled(page);
  const scottish = await inside(page, (root) => root.querySelector('fieldset[data-facet=level]').textContent);
  claim('levels are called as the nation calls them', scottish.includes('Third Level') && !scottish.includes('Key Stage'));

  let opening = null;
  await page.route(`${origin}/v1/resources?**`, async (route) => {
    const url = new URL(route.request().url());
    url.searchParams.delete('view');
    await route.continue({ url: url.href });
  });
  await page.route(`${origin}/v1/views/rsc`, (route) =>
    json(route, { name: 'rsc', theme: { accent: '#7a1f5c', background: '#fff8fc', text: '#2a1020', font: 'inherit', corner_px: 14, density: 'compact' } }));
  await page.route(`${origin}/v1/views/rsc/openings`, (route) => {
    opening = route.request();
    return route.fulfill({ status: 204 });
  });
  await page.goto(pages.address('plain', { view: 'rsc' }));
  await settled(page);
  await page.waitForTimeout(200);
  const themed = await inside(page, (root) => {
    const frame = getComputedStyle(root.querySelector('.frame'));
    return [getComputedStyle(root.querySelector('.main')).backgroundColor, frame.backgroundColor, frame.borderRadius];
  });
  claim('a view brings its theme', themed.join() === 'rgb(122, 31, 92),rgb(255, 248, 252),14px');
  claim('a view’s theme: axe finds nothing', await axe(page));
  await shot(page, 'view');
  await page.evaluate(() => document.addEventListener('click', (event) => event.preventDefault()));
  await page.locator('signpost-search .title a').first().click();
  await page.waitForTimeout(200);
  const body = opening && JSON.parse(opening.postData());
  claim('a result that is opened through a view is counted, without a preflight',
    opening !== null && opening.method() === 'POST' && typeof body.resource === 'string' && Object.keys(body).length === 1
      && (await opening.allHeaders())['content-type'].startsWith('text/plain'));
  await page.unrouteAll();

  await page.route(`${origin}/v1/views/rsc`, (route) => json(route, { name: 'rsc', theme: { accent: '#7a1f5c' } }));
  await page.route(`${origin}/v1/resources?**`, async (route) => {
    const url = new URL(route.request().url());
    url.searchParams.delete('view');
    await route.continue({ url: url.href });
  });
  await page.goto(pages.address('themed', { view: 'rsc' }));
  await settled(page);
  const custom = await inside(page, (root) => [getComputedStyle(root.querySelector('.main')).backgroundColor, getComputedStyle(root.querySelector('.title')).fontStyle]);
  claim('the page’s own custom properties and parts win over the theme', custom.join() === 'rgb(163, 0, 63),italic');
  await shot(page, 'themed');
  await opened.context.close();
}

// Those who see otherwise

async function seeing(browser, pages) {
  const views = {
    'narrow-320': { viewport: { width: 320, height: 800 } },
    'narrow-320-dark': { viewport: { width: 320, height: 800 }, colorScheme: 'dark' },
    'forced-colours': { forcedColors: 'active' },
    'forced-colours-dark': { forcedColors: 'active', colorScheme: 'dark' },
    'reduced-motion': { reducedMotion: 'reduce' },
    'text-200': { viewport: { width: 640, height: 800 }, font: 32 },
    'text-200-at-320': { viewport: { width: 320, height: 800 }, font: 32 },
  };
  for (const [name, { font, ...view }] of Object.entries(views)) {
    const { page, context } = await open(browser, view);
    if (font) {
      const session = await context.newCDPSession(page);
      await session.send('Page.setFontSizes', { fontSizes: { standard: font, fixed: font } });
    }
    await page.goto(pages.address('plain', SEARCH));
    await settled(page);
    await inside(page, (root) => (root.querySelector('.filters').open = true));
    if (font) {
      const size = await inside(page, (root) => getComputedStyle(root.querySelector('.frame')).fontSize);
      claim(`${name}: the text is as large as the reader wants it`, size === `${font}px`);
    }
    const wide = await inside(page, (root) => {
      const frame = root.querySelector('.frame').getBoundingClientRect();
      return [...root.querySelectorAll('*')].filter((one) => !one.closest('.unseen') && one.getBoundingClientRect().right > frame.right + 1)
        .map((one) => `${one.localName}.${one.className}`).concat(frame.right > innerWidth + 1 ? ['frame'] : []);
    });
    claim(`${name}: nothing stands out of its frame`, wide);
    claim(`${name}: axe finds nothing`, await axe(page));
    const small = await inside(page, (root) => [...root.querySelectorAll('a, button, summary, label.choice, input[type=search]')]
      .map((one) => [one, one.getBoundingClientRect()]).filter(([, box]) => box.width > 0 && (box.width < 24 || box.height < 24))
      .map(([one, box]) => `${one.localName} “${one.textContent}” ${box.width}x${box.height}`));
    claim(`${name}: nothing to press is smaller than 24 by 24`, small);
    await shot(page, name);
    await context.close();
  }
  const { page, context } = await open(browser);
  await page.goto(pages.address('plain', SEARCH));
  await settled(page);
  await page.keyboard.press('Tab');
  await page.keyboard.press('Tab');
  const ring = await inside(page, (root) => getComputedStyle(root.activeElement).outline);
  claim('what has the focus has a ring', /3px/.test(ring) && /solid/.test(ring));
  await shot(page, 'focus');
  await context.close();
}

// What others write

function payloads() {
  if (!options.payloads) return PAYLOADS;
  const text = readFileSync(options.payloads, 'utf8');
  const more = text.split('\n').filter(Boolean).map((line) => {
    const { s, payload } = JSON.parse(line);
    return payload ?? s;
  });
  return [...PAYLOADS, ...more];
}

async function payload(browser, pages) {
  const all = payloads();
  const { page, context, seen } = await open(browser);
  await context.route((url) => ![origin, pages.origin].includes(url.origin), (route) => route.abort());
  const attributes = ['q', 'heading', 'heading-level', 'limit', 'lang', 'filters', 'level-names', 'target', 'view', 'subject', 'publisher', 'sort'];
  await page.goto(pages.address('plain'));
  await page.waitForFunction(() => document.querySelector('signpost-search').shadowRoot);
  await page.route(API, (route) => json(route, nothing()));
  await page.route(`${origin}/v1/views/**`, (route) => json(route, themeOf('x'), 404));
  const links = new Set();
  const collect = async () => {
    for (const href of await inside(page, (root) => [...root.querySelectorAll('a')].map((link) => link.href))) links.add(href);
  };
  for (const text of all) {
    await page.evaluate(([attributes, text]) => {
      for (const name of attributes) document.querySelector('signpost-search').setAttribute(name, text);
    }, [attributes, text]);
    await page.waitForTimeout(5);
    await collect();
    await page.evaluate((attributes) => attributes.forEach((name) => document.querySelector('signpost-search').removeAttribute(name)), attributes);
  }
  claim(`${all.length} payloads in ${attributes.length} attributes: none runs`, (await page.evaluate(() => window.__xss)) === 0);
  for (const text of PAYLOADS.filter((text) => /^\W*\w+:|^\/\//.test(text) && !text.includes('evil'))) {
    await page.evaluate((text) => document.querySelector('signpost-search').setAttribute('api', text), text);
    await page.waitForTimeout(5);
    await collect();
  }
  await page.evaluate(() => document.querySelector('signpost-search').removeAttribute('api'));
  claim('an address of the API that is no web address is not used', (await page.evaluate(() => window.__xss)) === 0);

  await page.unrouteAll();
  let answer;
  await page.route(API, (route) => json(route, answer.body, answer.status));
  await page.route(`${origin}/v1/views/**`, (route) => json(route, answer.theme));
  for (const text of all) {
    answer = { body: filledWith(text, text, 'https://evil.example/v1/resources?page=2'), theme: themeOf(text), status: 200 };
    await page.evaluate(() => {
      const search = document.querySelector('signpost-search');
      search.setAttribute('view', `v${Math.random()}`.slice(0, 9));
    });
    await page.waitForTimeout(15);
    await settled(page);
    await collect();
    await inside(page, (root) => [...root.querySelectorAll('.chip, .ways button, .note button, .next')].slice(0, 3).forEach((button) => button.click()));
    await page.waitForTimeout(5);
    await collect();
  }
  answer = { body: { detail: PAYLOADS[2] }, theme: {}, status: 400 };
  await page.evaluate(() => document.querySelector('signpost-search').setAttribute('q', 'refused'));
  await page.waitForTimeout(50);
  claim(`${all.length} payloads in every text and address of an answer: none runs`, (await page.evaluate(() => window.__xss)) === 0);
  claim('every link is http or https', [...links].filter((href) => !/^https?:\/\//.test(href)));
  const asked = seen.requests.map((request) => new URL(request.url())).filter((url) => ![origin, pages.origin].includes(url.origin));
  claim('no answer leads a request elsewhere', asked.map(String));
  claim('none of it breaks the widget', seen.errors);
  await context.close();

  const wrong = [];
  for (const text of all) {
    const address = `${origin}/embed/search?${new URLSearchParams({ q: text, heading: text, subject: text })}`;
    const answer = await fetch(address);
    // One that is too long for an address is refused.
    if (!answer.ok && address.length > 8192) continue;
    const html = await answer.text();
    if ((html.match(/<script/g) || []).length !== 2 || html.includes('<img') || html.includes('<svg')) wrong.push(text);
  }
  claim(`${all.length} payloads in the address of a frame: all escaped`, wrong);
}

// What is served

async function served() {
  const script = await fetch(`${origin}/embed/v1.js`);
  claim('the script is JavaScript that any site may load for an hour',
    script.headers.get('content-type') === 'text/javascript; charset=utf-8' && script.headers.get('access-control-allow-origin') === '*'
      && script.headers.get('cross-origin-resource-policy') === 'cross-origin');
  const { gzipSync } = await import('node:zlib');
  const bytes = gzipSync(Buffer.from(await script.arrayBuffer())).length;
  claim(`the script has ${bytes} bytes compressed, style and words included: under 15,000`, bytes < 15000);
  const told = await (await fetch(`${origin}/embed/v1.json`)).json();
  const hashed = await fetch(told.url);
  claim('its hashed copy is there, and an older hash is not',
    hashed.ok && (await fetch(`${origin}/embed/v1.0000000000000000.js`)).status === 404);
  return { ...told, url: told.url.replace(new URL(told.url).origin, origin) };
}

const hashed = await served();
const pages = await servePages(origin, hashed);
const browser = await launch();
try {
  for (const part of [states, hostile, policies, framed, keyboard, behaviour, seeing, payload]) {
    try {
      await part(browser, pages);
    } catch (error) {
      claim(`${part.name}: runs to its end (${error.message.split('\n')[0]})`, false);
    }
  }
} finally {
  await browser.close();
  pages.close();
}
console.log(`${passed} passed, ${failures.length} failed`);
process.exit(failures.length ? 1 : 0);
