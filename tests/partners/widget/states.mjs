// The states that the widget can be in, and what those who see otherwise see of them.

import { nothing } from './answers.mjs';
import { axe, comesTrue, inside, open, settled } from './browser.mjs';
import { API, SEARCH, claim, json, shot } from './claims.mjs';

/** Idle, with results, with nothing found and in trouble, in both colour schemes. */
export async function states(browser, pages) {
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
}

/** Refused, and waiting. */
export async function waiting(browser, pages) {
  const { page, context } = await open(browser);
  await page.route(API, (route) => json(route, { detail: '`subject`: `x` is not in the subject vocabulary' }, 400));
  await page.goto(pages.address('plain', { subject: 'x' }));
  await settled(page);
  const text = await inside(page, (root) => root.querySelector('.trouble').textContent);
  const isSeen = await page.locator('#fallback').isVisible();
  claim('a refusal is told kindly, with the link of the page', text.includes('cannot be shown') && isSeen);
  await page.unroute(API);
  await page.route(API, () => {});
  await page.goto(pages.address('plain', { q: 'vet' }));
  await page.waitForFunction(() => document.querySelector('signpost-search').shadowRoot.querySelector('[aria-busy]'));
  claim('while it searches: axe finds nothing', await axe(page));
  const isTold = () => document.querySelector('signpost-search').shadowRoot.querySelector('[role=status]').textContent.includes('Searching');
  claim('a search that takes long is told to a screen reader', await comesTrue(page, isTold));
  await shot(page, 'busy');
  await context.close();
}

/** Narrow, in forced colours, with large text, with less motion. */
export async function seeing(browser, pages) {
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
