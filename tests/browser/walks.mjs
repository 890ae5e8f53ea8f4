// Each task of a visitor, done with the keyboard alone: with scripts, and with scripts switched off.

import { open } from './browser.mjs';
import { claim } from './claims.mjs';
import { Visitor } from './keys.mjs';
import { idsOf } from './pages.mjs';
import { origin } from './settings.mjs';

const isResource = (one) => one.tag === 'a' && /\/resources\/[^/?#]+(\?|#|$)/.test(one.href) && one.isInMain;
const isButton = (words) => (one) => (one.tag === 'button' || one.type === 'submit') && words.test(one.text || one.value);
const isLink = (words) => (one) => one.tag === 'a' && words.test(one.text);
const parameter = (name) => (url) => url.searchParams.get(name);
/** Whether an address is that of a page with a parameter. */
const at = (path, name, value) => (url) => url.pathname === path && url.searchParams.get(name) === value;

/** Every task: what is done, and what must be true in the end. Each begins at an address and ends with a sentence. */
const TASKS = {
  async 'search, filter and open'({ visitor, page }) {
    await page.goto(`${origin}/`);
    await visitor.to('the box for words', (one) => one.type === 'search' || one.name === 'q');
    await visitor.type('engineer');
    await visitor.enter(at('/', 'q', 'engineer'));
    const box = await visitor.to('a filter', (one) => one.type === 'checkbox' && ['subject', 'level', 'type'].includes(one.name));
    await visitor.press('Space');
    await visitor.to('the button of the filters', isButton(/apply|filter|update|show results/i));
    await visitor.enter((url) => url.searchParams.getAll(box.name).join().split(',').includes(box.value));
    const link = await visitor.to('a result', isResource);
    await visitor.enter(/\/resources\//);
    return (await visitor.heading()).trim() === link.text || `“${link.text}” leads to “${await visitor.heading()}”`;
  },

  async 'put two on a shortlist, and take one off'({ visitor, page }) {
    await page.goto(`${origin}/?q=engineer`);
    const count = (url) => parameter('list')(url)?.split(',').length ?? 0;
    for (const held of [1, 2]) {
      await visitor.to('the link that adds to the shortlist', (one) => isLink(/\badd\b/i)(one) && /shortlist|list/i.test(one.text + one.href));
      await visitor.enter((url) => count(url) === held);
    }
    await visitor.to('the shortlist', (one) => isLink(/shortlist.*2/i)(one) && new URL(one.href).pathname === '/list', 'Shift+Tab');
    await visitor.enter((url) => url.pathname === '/list');
    const held = () => page.locator('main a[href*="/resources/"]').evaluateAll((links) => new Set(links.map((link) => new URL(link.href).pathname.split('/')[2])).size);
    const before = await held();
    await visitor.to('the link that takes off', isLink(/take .*off|remove/i));
    await visitor.press('Enter');
    await page.waitForURL((url) => url.pathname === '/list' && !parameter('ids')(url)?.includes(','), { waitUntil: 'load', timeout: 10_000 });
    return (before === 2 && (await held()) === 1) || `${before} were listed, then ${await held()}`;
  },

  async 'plan a year and take it along'({ visitor, page }) {
    await page.goto(`${origin}/planner`);
    await visitor.to('the box for words', (one) => one.name === 'find');
    await visitor.type('engineer');
    await visitor.enter(at('/planner', 'find', 'engineer'));
    await visitor.to('the choice of a term', (one) => one.tag === 'select' && one.name === 'at');
    const isPlanned = (url) => url.searchParams.getAll('at').some((at) => /~\w/.test(at));
    await Promise.all([visitor.press('ArrowDown'), page.waitForURL(isPlanned, { waitUntil: 'load', timeout: 1_500 }).catch(() => {})]);
    if (!isPlanned(new URL(page.url()))) {
      await visitor.to('the button that updates', (one) => one.isInMain && isButton(/\w/)(one));
      await visitor.enter(isPlanned);
    }
    const taken = await Promise.all(['ics', 'csv'].map(async (ending) => {
      const href = await page.locator(`a[href*="/planner.${ending}"]`).first().getAttribute('href');
      return (await fetch(new URL(href, origin))).text();
    }));
    await visitor.to('the calendar', (one) => /\/planner\.ics/.test(one.href), 'Shift+Tab').catch(() => visitor.to('the calendar', (one) => /\/planner\.ics/.test(one.href)));
    const [calendar, table] = taken;
    if (!/BEGIN:VEVENT/.test(calendar)) return 'the calendar has no event';
    return table.trim().split('\n').length >= 2 || 'the table has no line';
  },

  async 'ask the map what is missing'({ visitor, page }) {
    await page.goto(`${origin}/coverage`);
    const rows = await visitor.to('the choice of rows', (one) => one.tag === 'select' && one.name === 'rows');
    await visitor.press(rows.value === 'type' ? 'Home' : 't');
    await visitor.to('the button of the form', (one) => one.isInMain && isButton(/\w/)(one));
    await visitor.enter((url) => url.searchParams.get('rows') !== null);
    await visitor.to('a count', (one) => one.tag === 'a' && one.isInTable && /\d/.test(one.text));
    await visitor.enter((url) => url.pathname === '/');
    return (await page.locator(`main a[href*="/resources/"]`).count()) > 0 || 'a count leads to a search that finds nothing';
  },

  async 'build a widget'({ visitor, page }) {
    await page.goto(`${origin}/partners/widget`);
    const field = await visitor.to('a choice', (one) => one.isInMain && (one.type === 'checkbox' || one.tag === 'select' || one.type === 'text') && one.name !== '');
    await (field.type === 'checkbox' ? visitor.press('Space') : field.tag === 'select' ? visitor.press('ArrowDown') : visitor.type('engineer'));
    await visitor.to('the button of the form', (one) => one.isInMain && isButton(/show|update|build|make|preview|apply/i)(one));
    await visitor.enter((url) => url.search.length > 1);
    const lines = await page.evaluate(() => [...document.querySelectorAll('code, pre, textarea, input[readonly]')].map((one) => one.value ?? one.textContent).join('\n'));
    const frame = await page.locator('iframe[src*="/embed/search"]').count();
    const missing = [['<script', 'a script'], ['<signpost-search', 'the element'], ['<iframe', 'a frame'], ['integrity=', 'a hash']].filter(([part]) => !lines.includes(part));
    if (frame !== 1) return 'the widget is not shown';
    return missing.length === 0 || `no line with ${missing.map(([, what]) => what).join(', ')}`;
  },

  async 'report a problem'({ visitor, page }) {
    const [id] = await idsOf('q=titration&source=edges');
    await page.goto(`${origin}/resources/${id}`);
    await visitor.to('the link to report', isLink(/report/i));
    await visitor.enter(/\/report(\?|$)/);
    await visitor.to('a kind of problem', (one) => one.type === 'radio');
    await visitor.press('Space');
    await visitor.to('the box for words', (one) => one.tag === 'textarea');
    await visitor.type('The link leads to another page.');
    await visitor.to('the button', isButton(/send|report/i));
    await visitor.enter(/\/reports\//);
    return (await visitor.heading()).length > 0;
  },

  async 'find a job as a student'({ visitor, page }) {
    await page.goto(`${origin}/students`);
    await visitor.to('the box for words', (one) => one.isInMain && (one.type === 'search' || one.name === 'q'));
    await visitor.type('engineer');
    await visitor.enter(at('/students', 'q', 'engineer'));
    const headings = (await page.locator('main h2').allInnerTexts()).join(' | ');
    const link = await visitor.to('a job', isResource);
    await visitor.enter(/\/resources\//);
    if (!/job/i.test(headings)) return `no heading speaks of jobs: ${headings}`;
    return (await visitor.heading()).trim() === link.text || `“${link.text}” leads to “${await visitor.heading()}”`;
  },
};

/** Walks all tasks, twice. */
export async function alone(browser) {
  for (const javaScriptEnabled of [true, false]) {
    const how = javaScriptEnabled ? 'by keyboard' : 'by keyboard, without scripts';
    const unseen = new Set();
    for (const [name, task] of Object.entries(TASKS)) {
      const { page, context, seen } = await open(browser, { javaScriptEnabled, viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
      page.setDefaultTimeout(10_000);
      const visitor = new Visitor(page);
      const ends = await task({ visitor, page }).catch((error) => error.message.split('\n')[0]);
      claim(`${how}: ${name}`, ends === true ? true : [ends]);
      claim(`${how}: ${name}: no error on the way`, seen.errors);
      for (const stop of visitor.unseen) unseen.add(stop);
      await context.close();
    }
    claim(`${how}: what has the focus is always seen`, [...unseen]);
  }
  await suggestions(browser);
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
  } catch (error) {
    claim('suggestions: they come, and can be chosen by keyboard', [error.message.split('\n')[0]]);
  }
  await context.close();
}
