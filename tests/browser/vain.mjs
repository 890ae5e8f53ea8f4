// What is searched for in vain comes onto the map: the searches are typed into the page, the service ends and comes back
// a month later, for a month that goes on is not told of.

import { spawnSync } from 'node:child_process';
import { open } from './browser.mjs';
import { claim } from './claims.mjs';
import { Service, canServe } from './service.mjs';
import { look } from './states.mjs';

/** From five searches up something may be told. */
const ENOUGH = 6;
const TOO_FEW = 4;
/** So many days later another month has come, whatever day it is. */
const NEXT_MONTH_DAYS = 35;
/** Words with a concept in them that no kit to be lent has. */
const WANTED = 'apprenticeship';
const HARDLY_WANTED = 'key stage 1';

/** So many visitors type a search into the page, each for the first time; whether none of them found anything. */
async function searchInVain(browser, origin, words, visitors) {
  for (let visitor = 0; visitor < visitors; visitor += 1) {
    const { page, context } = await open(browser);
    await page.goto(`${origin}/?type=kit-loan&source=crowd`);
    await page.locator('main input[name=q]').fill(words);
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('q') === words, { waitUntil: 'load' });
    const found = await page.locator('#results a[href*="/resources/"]').count();
    await context.close();
    if (found > 0) return false;
  }
  return true;
}

export async function inVain(browser) {
  if (!canServe || spawnSync('faketime', ['--version']).error) {
    console.log('       left out: it needs faketime, and a service that may be started (SIGNPOST_BROWSER_BINARY, SIGNPOST_BROWSER_STORE)');
    return;
  }
  const service = new Service();
  try {
    await service.start();
    const isVain = (await searchInVain(browser, service.origin, WANTED, ENOUGH)) && (await searchInVain(browser, service.origin, HARDLY_WANTED, TOO_FEW));
    claim(`${ENOUGH} visitors search for “${WANTED}” among the kits of one catalogue, ${TOO_FEW} for “${HARDLY_WANTED}”, and find nothing`, isVain);
    const { page, context } = await open(browser);
    const map = '/coverage?rows=route&columns=level';
    await service.stop();
    await service.start();
    await page.goto(service.origin + map);
    const row = page.getByRole('rowheader', { name: new RegExp(`^apprenticeship route.*\\b${ENOUGH}\\b`, 'i') });
    claim('the map does not tell of a month that goes on', (await row.count()) === 0);
    await service.stop();
    await service.start({ days: NEXT_MONTH_DAYS });
    await page.goto(service.origin + map);
    claim(`a month later the map marks the row of what was searched for, with the ${ENOUGH} searches`, (await row.count()) === 1);
    const list = page.getByRole('listitem').filter({ hasText: new RegExp(`apprenticeship route[^]*\\b${ENOUGH} searches`, 'i') });
    claim('and lists it, with a way to what there is today', (await list.getByRole('link').count()) === 1);
    const told = await page.locator('main').innerText();
    claim('what fewer asked for is not told', !new RegExp(`\\b${TOO_FEW} searches`).test(told));
    await context.close();
    await look(browser, 'maps with what was searched for in vain', { 'coverage with marks': service.origin + map, 'coverage with marked columns': `${service.origin}/coverage?rows=subject&columns=route` });
  } finally {
    await service.remove();
  }
}
