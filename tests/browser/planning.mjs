// What a careers leader does with a plan, and a funder with the map, with the keyboard alone.
//
// Each task begins at an address, and returns true, or what was wrong in the end.

import { at, isButton, isLink } from './keys.mjs';
import { idsOf, slots } from './pages.mjs';
import { origin } from './settings.mjs';

const placed = (name) => (url) => url.searchParams.getAll(name).filter((value) => /~\w/.test(value)).length;
const planned = placed('at');
const all = (url) => planned(url) + placed('own')(url);

/** Chooses another value with the keyboard, and sends the form where no script does so by itself. */
async function choose({ visitor, page }, key, isSo) {
  await Promise.all([visitor.press(key), page.waitForURL(isSo, { waitUntil: 'load', timeout: 1_500 }).catch(() => {})]);
  if (isSo(new URL(page.url()))) return;
  await visitor.to('the button that updates', (one) => one.isInMain && isButton(/update|put those/i)(one));
  await visitor.enter(isSo);
}

/** The link to the plan, as the page gives it. */
const link = async (page) => new URL(await page.getByLabel(/link to this plan/i).inputValue());
/** What stands in the plan, as the page shows it. */
const shown = (page) => page.locator('main').innerText();

export const PLANNING = {
  async 'plan a year and take it along'({ visitor, page }) {
    await page.goto(`${origin}/planner`);
    await visitor.to('the box for words', (one) => one.name === 'find');
    await visitor.type('engineer');
    await visitor.enter(at('/planner', 'find', 'engineer'));
    await visitor.to('the choice of a term', (one) => one.tag === 'select' && one.name === 'at');
    await choose({ visitor, page }, 'ArrowDown', (url) => planned(url) === 1);
    const taken = await Promise.all(['ics', 'csv'].map(async (ending) => {
      const href = await page.locator(`a[href*="/planner.${ending}"]`).first().getAttribute('href');
      return (await fetch(new URL(href, origin))).text();
    }));
    await visitor.to('the calendar', (one) => /\/planner\.ics/.test(one.href));
    const [calendar, table] = taken;
    if (!/BEGIN:VEVENT/.test(calendar)) return 'the calendar has no event';
    return table.trim().split('\n').length >= 2 || 'the table has no line';
  },

  async 'start from the example, and take something out'({ visitor, page }) {
    await page.goto(`${origin}/planner`);
    await visitor.to('the example', isLink(/example/i));
    await visitor.enter((url) => url.pathname === '/planner' && all(url) > 3);
    const before = all(new URL(page.url()));
    await visitor.to('what takes something out', isButton(/^take out/i));
    await visitor.enter((url) => url.pathname === '/planner' && url.hash.startsWith('#year-'));
    await page.emulateMedia({ media: 'print' });
    const printed = await page.locator('main .print-only a[href*="/planner?"]').filter({ visible: true }).getAttribute('href');
    await page.emulateMedia({ media: 'screen' });
    return all(new URL(printed)) === before - 1 || 'on paper stands the plan as it was';
  },

  async 'ask for a second thing in a term'({ visitor, page }) {
    const [slot] = await slots();
    const [id] = await idsOf('q=titration&source=edges');
    await page.goto(`${origin}/planner?at=${encodeURIComponent(`${slot}~${id}`)}`);
    await visitor.to('what adds to that term', (one) => one.name === 'fill' && one.value === slot);
    await visitor.enter(at('/planner', 'fill', slot));
    const into = await page.locator('input[name=into]').inputValue();
    return (into === slot && planned(await link(page)) === 1) || `it would go to ${into}`;
  },

  async 'fill a gap'({ visitor, page }) {
    const [slot] = await slots();
    const [id] = await idsOf('q=titration&source=edges');
    await page.goto(`${origin}/planner?at=${encodeURIComponent(`${slot}~${id}`)}`);
    const gap = await visitor.to('a gap', isButton(/fill this gap/i));
    await visitor.enter((url) => url.pathname === '/planner');
    const options = await page.locator('main select[name=at]').count();
    const isOwn = await page.locator('#own-part[open]').count();
    return options > 1 || isOwn === 1 || `“${gap.text}” offers nothing`;
  },

  async 'plan something of one’s own'({ visitor, page }) {
    await page.goto(`${origin}/planner`);
    await visitor.unfold(/your own$/i);
    await visitor.to('the box for it', (one) => one.name === 'new');
    await visitor.type('Careers fair in the hall');
    await visitor.to('the choice of a term', (one) => one.name === 'new_at');
    await visitor.press('ArrowDown');
    await visitor.to('what it helps with', (one) => one.type === 'checkbox' && one.name === 'new_for');
    await visitor.press('Space');
    await visitor.to('the button', isButton(/add to the plan/i));
    await visitor.enter((url) => url.pathname === '/planner');
    if (placed('own')(await link(page)) !== 1) return 'the link to the plan does not hold it';
    return (await shown(page)).includes('Careers fair in the hall') || 'it does not stand in the plan';
  },

  async 'paste a school’s own plan'({ visitor, page }) {
    await page.goto(`${origin}/planner`);
    await visitor.unfold(/plan you already have/i);
    await visitor.to('the box for it', (one) => one.tag === 'textarea');
    await visitor.type('Year 9, autumn: visit to a laboratory, GB6');
    await visitor.press('Enter');
    await visitor.type('Year 10, spring: mock interviews');
    await visitor.to('the button', isButton(/read it/i));
    await visitor.enter((url) => url.pathname === '/planner');
    if (placed('own')(await link(page)) !== 2) return 'the link to the plan does not hold both';
    const page9 = await page.locator('main section').filter({ has: page.locator('h2', { hasText: 'Year 9' }) }).innerText();
    return /visit to a laboratory/i.test(page9) || 'the visit does not stand in Year 9';
  },

  async 'change a colleague’s plan'({ visitor, page }) {
    const [slot] = await slots();
    const [id] = await idsOf('q=titration&source=edges');
    const theirs = `${origin}/planner?title=Theirs&at=${encodeURIComponent(`${slot}~${id}`)}`;
    await page.goto(theirs);
    await visitor.to('its name', (one) => one.name === 'title');
    await visitor.press('Control+a');
    await visitor.type('Ours');
    await visitor.enter(at('/planner', 'title', 'Ours'));
    if (!(await visitor.heading()).startsWith('Ours')) return `it is called “${await visitor.heading()}”`;
    await page.goto(theirs);
    return (await visitor.heading()).startsWith('Theirs') || 'theirs was changed';
  },

  async 'ask the map what is missing'({ visitor, page }) {
    await page.goto(`${origin}/coverage`);
    const rows = await visitor.to('the choice of rows', (one) => one.tag === 'select' && one.name === 'rows');
    await visitor.press(rows.value === 'type' ? 'Home' : 't');
    await visitor.to('the button of the form', (one) => one.isInMain && isButton(/\w/)(one));
    await visitor.enter((url) => url.searchParams.get('rows') !== null);
    await visitor.to('a count', (one) => one.tag === 'a' && one.isInTable && /\d/.test(one.text));
    await visitor.enter((url) => url.pathname === '/');
    return (await page.locator('main a[href*="/resources/"]').count()) > 0 || 'a count leads to a search that finds nothing';
  },

  async 'take the map along'({ visitor, page }) {
    await page.goto(`${origin}/coverage?rows=type&columns=level`);
    const link = await visitor.to('the table', isLink(/csv/i));
    const lines = (await (await fetch(link.href)).text()).trim().split('\n');
    const rows = await page.locator('main tbody tr').count();
    return lines.length >= rows || `${lines.length} lines of ${rows} rows`;
  },

  async 'see how a catalogue is'({ visitor, page }) {
    await page.goto(`${origin}/sources`);
    const link = await visitor.to('a catalogue', (one) => one.tag === 'a' && /\/sources\/edges/.test(one.href));
    await visitor.enter((url) => url.pathname === '/sources/edges');
    const name = (await visitor.heading()).trim();
    if (name !== link.text) return `“${link.text}” leads to “${name}”`;
    await visitor.to('what is held of it', (one) => one.tag === 'a' && new URL(one.href).searchParams.get('source') === 'edges');
    await visitor.enter((url) => url.pathname === '/');
    return (await page.locator('main a[href*="/resources/"]').count()) > 0;
  },
};
