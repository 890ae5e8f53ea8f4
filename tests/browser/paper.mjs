// What is printed and passed on: the whole address stands on the sheet, as text and as a code for a telephone.

import { open } from './browser.mjs';
import { claim, shot } from './claims.mjs';
import { idsOf, slots } from './pages.mjs';
import { origin } from './settings.mjs';

/** Whether who types this address in comes to the page with all that stood in it; a plan may say more of itself. */
function leadsThere(written, address) {
  const [is, asked] = [written, address].map((text) => new URL(text));
  return is.origin === asked.origin && is.pathname === asked.pathname && [...asked.searchParams].every(([name, value]) => is.searchParams.getAll(name).includes(value));
}

/** A page with a printed form: what stands on the sheet. */
export async function onPaper(browser) {
  const ids = await idsOf('source=edges', 5);
  const [slot] = await slots();
  const sheets = {
    'a resource': `/resources/${ids[0]}`,
    'a shortlist': `/list?ids=${ids.join()}`,
    'a plan': `/planner?at=${encodeURIComponent(`${slot}~${ids[0]}`)}`,
  };
  for (const [name, path] of Object.entries(sheets)) {
    const { page, context } = await open(browser, { viewport: { width: 718, height: 1000 } });
    await page.goto(origin + path);
    await page.emulateMedia({ media: 'print' });
    const found = await page.evaluate(() => {
      const shown = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().width > 60;
      const codes = [...document.querySelectorAll('main svg')].filter((one) => shown(one) && (one.getAttribute('role') === 'img' || one.closest('[role=img], figure')));
      const links = [...document.querySelectorAll('main a[href]')].filter(shown).map((one) => one.href);
      return { texts: document.querySelector('main').innerText.match(/https?:\/\/\S+/g) ?? [], links, codes: codes.length };
    });
    // Nobody types a plan in: it has its link where the sheet is a file, and its code.
    const isPlan = path.startsWith('/planner');
    claim(`on paper: ${name} has its whole address`, (isPlan ? found.links : found.texts).some((one) => leadsThere(one, origin + path)));
    claim(`on paper: ${name} has one code for a telephone`, found.codes === 1);
    await shot(page, `sheet-${name.split(' ')[1]}`);
    const sheet = await page.pdf({ format: 'A4', margin: { top: '10mm', bottom: '10mm', left: '10mm', right: '10mm' } });
    const sheets = sheet.toString('latin1').match(/\/Type\s*\/Page\b/g)?.length ?? 0;
    claim(`on paper: ${name} takes ${sheets} sheets, at most 4`, sheets >= 1 && sheets <= 4);
    await context.close();
  }
}
