// Each task of a visitor, done with the keyboard alone: with scripts, and with scripts switched off.

import { axe, open } from './browser.mjs';
import { claim } from './claims.mjs';
import { FINDING, OF_SCRIPTS } from './finding.mjs';
import { Visitor } from './keys.mjs';
import { PLANNING } from './planning.mjs';
import { each, origin } from './settings.mjs';
import { SHARING, sendUnfilled, unfilled } from './sharing.mjs';

const TASKS = { ...FINDING, ...PLANNING, ...SHARING };

/** Walks all tasks, twice. */
export async function alone(browser) {
  for (const hasScripts of [true, false]) {
    const how = hasScripts ? 'by keyboard' : 'by keyboard, without scripts';
    const unseen = new Set();
    const errors = [];
    const ended = new Map();
    const tasks = Object.entries(TASKS).filter(([name]) => hasScripts || !OF_SCRIPTS.includes(name));
    await each(tasks, async ([name, task]) => {
      const { page, context, seen } = await open(browser, { javaScriptEnabled: hasScripts, viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
      page.setDefaultTimeout(10_000);
      const visitor = new Visitor(page, hasScripts ? axe : async () => []);
      const end = await task({ visitor, page, hasScripts }).catch((error) => `${error.message.split('\n')[0]} (at ${page.url().slice(origin.length)})`);
      ended.set(name, end);
      errors.push(...seen.errors.map((error) => `${name}: ${error}`), ...visitor.found.map((found) => `${name}: ${found}`));
      for (const stop of visitor.unseen) unseen.add(stop);
      await context.close();
    });
    for (const [name] of tasks) claim(`${how}: ${name}`, ended.get(name) === true ? true : [ended.get(name)]);
    claim(`${how}: no error on the way, and axe finds nothing where forms lead to`, errors);
    claim(`${how}: what has the focus is always seen`, [...unseen]);
  }
  await suggestions(browser);
  await mistakes(browser);
}

/** What is missing in a form is said, with the way to it. */
async function mistakes(browser) {
  for (const [name, path] of Object.entries(await unfilled())) {
    const { page, context } = await open(browser, { viewport: { width: 1280, height: 900 } });
    const wrong = await sendUnfilled(page, path);
    wrong.push(...(await axe(page)));
    await page.emulateMedia({ colorScheme: 'dark' });
    wrong.push(...(await axe(page)));
    claim(`${name} with nothing in it: each mistake is told with a way to its field, and axe finds nothing`, wrong);
    await context.close();
  }
}

/** Suggestions come while somebody types, can be walked through, and never stand in the way. */
async function suggestions(browser) {
  const { page, context } = await open(browser);
  page.setDefaultTimeout(5_000);
  await page.goto(`${origin}/`);
  const box = page.locator('input[data-suggest]').first();
  try {
    await box.focus();
    await page.keyboard.type('eng');
    const option = page.getByRole('option').first();
    await option.waitFor();
    claim('suggestions: the box says that its list is open', (await box.getAttribute('aria-expanded')) === 'true' && (await box.getAttribute('role')) === 'combobox');
    await page.keyboard.press('ArrowDown');
    const active = await box.getAttribute('aria-activedescendant');
    claim('suggestions: an arrow chooses one, and the focus stays in the box',
      Boolean(active) && (await page.locator(`[id="${active}"]`).getAttribute('aria-selected')) === 'true' && (await box.evaluate((one) => one === document.activeElement)));
    const told = await page.locator('[aria-live=polite], [role=status]').allInnerTexts();
    claim('suggestions: how many there are is told', told.some((text) => /\d/.test(text)));
    await page.keyboard.press('Escape');
    claim('suggestions: Escape closes them and keeps the words', (await page.getByRole('option').filter({ visible: true }).count()) === 0 && (await box.inputValue()) === 'eng');
    await page.keyboard.type('ineer');
    await option.waitFor();
    await Promise.all([page.waitForURL((url) => url.searchParams.get('q') === 'engineer'), page.keyboard.press('Enter')]);
    claim('suggestions: Enter with none chosen searches for the words', true);
    await page.goto(`${origin}/`);
    await box.focus();
    await page.keyboard.type('physi');
    await option.waitFor();
    const chosen = await option.innerText();
    await page.keyboard.press('ArrowDown');
    await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')]);
    const found = await page.locator('main').innerText();
    claim('suggestions: Enter leads to the one that is chosen', found.includes(chosen.split('\n')[0].trim()) && new URL(page.url()).search.length > 1);
  } catch (error) {
    claim('suggestions: they come, and can be chosen by keyboard', [error.message.split('\n')[0]]);
  }
  await context.close();
}
