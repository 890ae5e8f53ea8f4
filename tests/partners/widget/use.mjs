// How the widget answers to what is asked of it: by keyboard, by attributes, by a view.

import { nothing } from './answers.mjs';
import { axe, drawn, inside, open, settled } from './browser.mjs';
import { API, claim, json, origin, shot } from './claims.mjs';

const FOCUSED = `(() => { let one = document.activeElement; while (one && one.shadowRoot && one.shadowRoot.activeElement) one = one.shadowRoot.activeElement;
  return one ? { name: one.localName, class: one.className, type: one.type || '', text: (one.textContent || '').trim(), href: one.href || '', value: one.value || '' } : null; })()`;

/** Everything can be reached and done without a mouse, and the page is told of it. */
export async function keyboard(browser, pages) {
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

/** Searches, and what the page says of them in attributes. */
export async function behaviour(browser, pages) {
  const opened = await open(browser);
  const { page } = opened;
  const isSlow = (request) => new URL(request.url()).searchParams.get('q') === 'slow';
  let release;
  const held = new Promise((holds) => {
    page.route(API, async (route) => {
      if (isSlow(route.request())) await new Promise((go) => holds((release = go)));
      await json(route, { ...nothing(), total: 1 }).catch(() => {});
    });
  });
  const over = new Promise((ends) => {
    for (const end of ['requestfinished', 'requestfailed']) page.on(end, (request) => isSlow(request) && ends());
  });
  await page.goto(pages.address('plain', { q: 'slow' }));
  await held;
  await page.evaluate(() => document.querySelector('signpost-search').setAttribute('q', 'fast'));
  await settled(page);
  release();
  await over;
  await drawn(page);
  const head = await inside(page, (root) => root.querySelector('.head').textContent);
  claim('the last search wins', head.includes('fast'));
  await page.unroute(API);

  await page.goto(pages.address('plain', { subject: 'chemistry', filters: 'level', limit: '3', 'heading-level': '5', heading: 'A' }));
  await settled(page);
  const shown = await inside(page, (root) => ({
    results: root.querySelectorAll('.result').length,
    levels: [...root.querySelectorAll('h1,h2,h3,h4,h5,h6')].map((one) => one.localName),
    legends: [...root.querySelectorAll('legend')].map((one) => one.textContent),
    chips: root.querySelectorAll('.chip').length,
  }));
  claim('limit, heading-level and filters are kept to', shown.results === 3 && shown.levels.slice(0, 3).join() === 'h5,h6,h6' && shown.legends.join() === 'Level');
  claim('a filter that visitors may not choose cannot be taken away', shown.chips === 0);
  await page.goto(pages.address('plain', { subject: 'chemistry', level: 'cfe-third' }));
  await settled(page);
  const scottish = await inside(page, (root) => root.querySelector('fieldset[data-facet=level]').textContent);
  claim('levels are called as the nation calls them', scottish.includes('Third Level') && !scottish.includes('Key Stage'));
  await opened.context.close();
}

/** Passes a search on as one without a view, for the catalogue that answers has none. */
async function withoutView(route) {
  const url = new URL(route.request().url());
  url.searchParams.delete('view');
  await route.continue({ url: url.href });
}

/** The theme of a view, what is counted of it, and what the page itself says of its looks. */
export async function views(browser, pages) {
  const opened = await open(browser);
  const { page } = opened;
  await page.route(`${origin}/v1/resources?**`, withoutView);
  await page.route(`${origin}/v1/views/rsc`, (route) =>
    json(route, { name: 'rsc', theme: { accent: '#7a1f5c', background: '#fff8fc', text: '#2a1020', font: 'inherit', corner_px: 14, density: 'compact' } }));
  await page.route(`${origin}/v1/views/rsc/openings`, (route) => route.fulfill({ status: 204 }));
  await page.goto(pages.address('plain', { view: 'rsc' }));
  await settled(page);
  const themed = await inside(page, (root) => {
    const frame = getComputedStyle(root.querySelector('.frame'));
    return [getComputedStyle(root.querySelector('.main')).backgroundColor, frame.backgroundColor, frame.borderRadius];
  });
  claim('a view brings its theme', themed.join() === 'rgb(122, 31, 92),rgb(255, 248, 252),14px');
  claim('a view’s theme: axe finds nothing', await axe(page));
  await shot(page, 'view');
  await page.evaluate(() => document.addEventListener('click', (event) => event.preventDefault()));
  const told = page.waitForRequest(`${origin}/v1/views/rsc/openings`);
  await page.locator('signpost-search .title a').first().click();
  const opening = await told;
  const body = JSON.parse(opening.postData());
  claim('a result that is opened through a view is counted, without a preflight',
    opening.method() === 'POST' && typeof body.resource === 'string' && Object.keys(body).length === 1
      && (await opening.allHeaders())['content-type'].startsWith('text/plain'));
  await page.unrouteAll();

  await page.route(`${origin}/v1/views/rsc`, (route) => json(route, { name: 'rsc', theme: { accent: '#7a1f5c' } }));
  await page.route(`${origin}/v1/resources?**`, withoutView);
  await page.goto(pages.address('themed', { view: 'rsc' }));
  await settled(page);
  const custom = await inside(page, (root) => [getComputedStyle(root.querySelector('.main')).backgroundColor, getComputedStyle(root.querySelector('.title')).fontStyle]);
  claim('the page’s own custom properties and parts win over the theme', custom.join() === 'rgb(163, 0, 63),italic');
  await shot(page, 'themed');
  await opened.context.close();
}
