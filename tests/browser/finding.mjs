// What teachers and students do to find something and keep it, with the keyboard alone.
//
// Each task begins at an address, and returns true, or what was wrong in the end.

import { at, isButton, isLink, isResource, parameter } from './keys.mjs';
import { idsOf } from './pages.mjs';
import { origin } from './settings.mjs';

/** How many results a page lists, or what is said in place of them. */
const listed = (page) => page.locator('main a[href*="/resources/"]').count();
/** Whether the page that a link named is there. */
const leadsTo = async (visitor, text) => (await visitor.heading()).trim() === text || `“${text}” leads to “${await visitor.heading()}”`;

/** What there is with scripts only. */
export const OF_SCRIPTS = ['search inside a long filter'];

export const FINDING = {
  async 'go past the navigation'({ visitor, page }) {
    await page.goto(`${origin}/?q=engineer`);
    const first = await visitor.to('the first stop', () => true);
    await visitor.press('Enter');
    if (!first.href.includes('#')) return `the first stop is “${first.text}”`;
    const next = await visitor.to('the stop after it', () => true);
    return next.isInMain || `after “${first.text}” comes “${next.text}”`;
  },

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
    return leadsTo(visitor, link.text);
  },

  async 'take back what was understood, and a filter'({ visitor, page }) {
    await page.goto(`${origin}/?q=physics+video&level=ks3`);
    const chips = () => page.locator('main a.chip.remove').count();
    const before = await chips();
    await visitor.to('what was understood', isLink(/from “(physics|video)”/i));
    await visitor.enter((url) => url.pathname === '/');
    const between = await chips();
    await visitor.to('the filter', isLink(/key stage 3|11|KS3/i));
    await visitor.enter((url) => !url.searchParams.has('level'));
    const after = await chips();
    return (before > between && between > after && (await listed(page)) > 0) || `${before} chips, then ${between}, then ${after}`;
  },

  async 'order the results, and leaf through them'({ visitor, page }) {
    await page.goto(`${origin}/?q=`);
    const order = await visitor.to('the order', (one) => one.tag === 'select' && one.name === 'sort');
    await visitor.press(order.value === 'newest' ? 'ArrowUp' : 'ArrowDown');
    await visitor.to('its button', isButton(/\w/));
    await visitor.enter((url) => url.searchParams.has('sort'));
    await visitor.to('the next page', isLink(/^next/i));
    await visitor.enter((url) => url.searchParams.get('page') === '2' && url.searchParams.has('sort'));
    return (await listed(page)) > 0 || 'the second page lists nothing';
  },

  async 'search inside a long filter'({ visitor, page }) {
    await page.goto(`${origin}/?source=crowd`);
    await visitor.unfold(/more filters/i);
    const box = await visitor.to('the box inside it', (one) => one.type === 'search' && /publisher/i.test(one.text));
    await visitor.type('trade 299');
    await page.waitForFunction(() => [...document.querySelectorAll('main input[name=publisher]')].filter((one) => one.checkVisibility()).length === 1);
    const found = await visitor.to('what it found', (one) => one.name === 'publisher');
    await visitor.press('Space');
    await visitor.to('the button of the filters', isButton(/apply|filter|update|show results/i));
    await visitor.enter((url) => url.searchParams.get('publisher') === found.value);
    return (await page.locator('main li.card').count()) === 1 || `“${box.text}” led to other results`;
  },

  async 'start from a subject and a level, in the words of Scotland'({ visitor, page }) {
    await page.goto(`${origin}/`);
    await visitor.to('Scotland', isLink(/^scotland$/i));
    await visitor.enter(at('/', 'words', 'scotland'));
    const count = await visitor.to('a count', (one) => one.tag === 'a' && one.isInTable && /^\d/.test(one.text));
    await visitor.enter((url) => url.searchParams.has('subject') && url.searchParams.has('level') && parameter('words')(url) === 'scotland');
    const heading = await page.locator('main h2').filter({ hasText: /\d/ }).first().innerText();
    return heading.includes(/\d[\d,]*/.exec(count.text)[0]) || `${count.text} became “${heading}”`;
  },

  async 'put two on a shortlist, and take one off'({ visitor, page }) {
    await page.goto(`${origin}/?q=engineer`);
    const count = (url) => parameter('list')(url)?.split(',').length ?? 0;
    for (const held of [1, 2]) {
      await visitor.to('the link that adds to the shortlist', isLink(/\badd to my shortlist/i));
      await visitor.enter((url) => count(url) === held);
    }
    await visitor.to('the shortlist', (one) => isLink(/shortlist.*2/i)(one) && new URL(one.href).pathname === '/list', 'Shift+Tab');
    await visitor.enter((url) => url.pathname === '/list');
    const held = () => page.locator('main a[href*="/resources/"]').evaluateAll((links) => new Set(links.map((link) => new URL(link.href).pathname.split('/')[2])).size);
    const before = await held();
    await visitor.to('the link that takes off', isLink(/take .*off|remove/i));
    await visitor.enter((url) => url.pathname === '/list' && !parameter('ids')(url)?.includes(','));
    return (before === 2 && (await held()) === 1) || `${before} were listed, then ${await held()}`;
  },

  async 'order a shortlist, and put it in a plan'({ visitor, page }) {
    const ids = await idsOf('source=edges&sort=title', 3);
    await page.goto(`${origin}/list?ids=${ids.join()}`);
    await visitor.to('the link that moves down', isLink(/move .*down/i));
    await visitor.enter((url) => parameter('ids')(url) === [ids[1], ids[0], ids[2]].join());
    await visitor.to('the link to a plan', isLink(/plan/i), 'Shift+Tab');
    await visitor.enter((url) => url.pathname === '/planner');
    const waiting = await page.locator('main select[name=at]').count();
    return waiting === 3 || `${waiting} wait to be placed`;
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
    return leadsTo(visitor, link.text);
  },

  async 'start from a subject that a student likes'({ visitor, page }) {
    await page.goto(`${origin}/students`);
    await visitor.to('a subject', isLink(/^physics/i));
    await visitor.enter((url) => url.pathname === '/students' && url.searchParams.has('subject'));
    const headings = await page.locator('main h2').allInnerTexts();
    const way = await visitor.to('a way in', isLink(/apprenticeship/i));
    await visitor.enter((url) => url.pathname === '/');
    return (/job|way/i.test(headings[0]) && (await listed(page)) > 0) || `first comes “${headings[0]}”, and “${way.text}” finds ${await listed(page)}`;
  },

  async 'go on from where nothing is'({ visitor, page }) {
    await page.goto(`${origin}/nothing-here`);
    await visitor.to('the box for words', (one) => one.isInMain && one.name === 'q');
    await visitor.type('engineer');
    await visitor.enter(at('/', 'q', 'engineer'));
    return (await listed(page)) > 0;
  },

  async 'find out whom to write to'({ visitor, page }) {
    await page.goto(`${origin}/?q=engineer`);
    await visitor.to('the contact', isLink(/contact/i), 'Shift+Tab');
    await visitor.enter((url) => url.pathname === '/contact');
    return /own a catalogue/i.test((await page.locator('main h2').allInnerTexts()).join()) || 'nothing is said to those who own a catalogue';
  },
};

