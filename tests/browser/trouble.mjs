// The pages for when it does not go well: too much was asked, or something of ours broke.

import { open } from './browser.mjs';
import { claim } from './claims.mjs';
import { Service, canServe } from './service.mjs';
import { look } from './states.mjs';

/** One request, and the next a second later. */
const LIMITS = 'anonymous_per_second = 1\nanonymous_burst = 1';
const MOST_TRIES = 40;

/** Asks until something is answered, so that the next is not. */
async function useUp(origin) {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const answer = await fetch(`${origin}/about`);
    await answer.body?.cancel();
    if (answer.ok) return;
    await new Promise((done) => setTimeout(done, 50));
  }
}

export async function inTrouble(browser) {
  if (!canServe) {
    console.log('       left out: SIGNPOST_BROWSER_BINARY and SIGNPOST_BROWSER_STORE name no service that may be broken');
    return;
  }
  const service = new Service();
  try {
    await service.start({ limits: LIMITS });
    await look(browser, 'pages for who asks too much', { 'error 429': `${service.origin}/sources` }, () => useUp(service.origin));
    await helpsOn(browser, service, 429, () => useUp(service.origin));
    await service.stop();
    await service.start();
    service.spoil();
    await look(browser, 'pages for what broke', { 'error 500': `${service.origin}/sources`, 'error 500 of a resource': `${service.origin}/resources/0000000000000000` });
    await helpsOn(browser, service, 500);
  } finally {
    await service.remove();
  }
}

/** The page says what happened, tells nothing of the inside, and leads on. */
async function helpsOn(browser, service, status, prepare = async () => {}) {
  const { page, context } = await open(browser);
  await prepare();
  const answer = await page.goto(`${service.origin}/sources`);
  const main = await page.locator('main').innerText();
  const wrong = [];
  if (answer.status() !== status) wrong.push(`it is answered with ${answer.status()}`);
  if (status === 429 && !answer.headers()['retry-after']) wrong.push('nothing says after how long');
  if (status === 429 && !/\b[12] seconds?\b/.test(main)) wrong.push('the page does not say after how long');
  if (status === 500 && !/\b[0-9a-f]{8}\b/.test(main)) wrong.push('no reference to pass on');
  if (/sqlite|database|malformed|\.db\b|panicked/i.test(main)) wrong.push('the page tells of the inside');
  if ((await page.getByRole('link', { name: /again/i }).count()) !== 1) wrong.push('no way to try again');
  if ((await page.locator('main input[name=q]').count()) !== 1) wrong.push('no search');
  if ((await page.locator('main a[href]').count()) < 3) wrong.push('few ways on');
  claim(`the page for ${status} says what happened and leads on, and nothing of the inside`, wrong);
  await context.close();
}
