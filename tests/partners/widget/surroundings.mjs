// What the widget is put into: pages that mean harm, strict policies, frames.

import { comesTrue, differences, inside, axe, open, settled, styles } from './browser.mjs';
import { SEARCH, claim, claimQuiet, origin, shot } from './claims.mjs';

/** Pages whose styles would break anything that they reach. */
export async function hostile(browser, pages) {
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

/** Pages that let little in. */
export async function policies(browser, pages) {
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
    // The script is deferred: it has run before the page is loaded, or never does.
    await page.waitForLoadState('load');
    const runs = await page.evaluate(() => customElements.get('signpost-search') !== undefined);
    claim(`${text}, and the link inside is seen`, !runs && (await page.locator('#fallback').isVisible()));
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

/** The frame for pages that let no script in. */
export async function framed(browser, pages) {
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
  const isTall = () => window.__height && window.__height.type === 'signpost-height' && window.__height.height > 300;
  claim('frame: it tells the page how tall it is', await comesTrue(page, isTall));
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
