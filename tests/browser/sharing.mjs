// What partners do with the service, and those who find a mistake in it, with the keyboard alone.
//
// Each task begins at an address, and returns true, or what was wrong in the end.

import { isButton, isLink } from './keys.mjs';
import { idsOf } from './pages.mjs';
import { origin } from './settings.mjs';

export const SHARING = {
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

  async 'try what the API answers'({ visitor, page, hasScripts }) {
    await page.goto(`${origin}/partners`);
    if (!hasScripts) {
      const link = await visitor.to('an example', (one) => one.tag === 'a' && /\/v1\//.test(one.href));
      const answer = await fetch(link.href);
      return answer.ok || `${link.text} answers ${answer.status}`;
    }
    await visitor.to('an example', isButton(/^(run|try)/i));
    await visitor.press('Enter');
    const shown = page.locator('main li pre').first();
    await shown.waitFor();
    const told = await page.locator('main [role=status]').allInnerTexts();
    return ((await shown.innerText()).startsWith('{') && told.some((text) => /200/.test(text))) || `it says “${told.join(' ')}”`;
  },

  async 'make a key, and a view with it'({ visitor, page, hasScripts }) {
    await page.goto(`${origin}/partners/key`);
    await visitor.to('the name', (one) => one.name === 'name');
    await visitor.type('Example Society');
    await visitor.to('whom to write to', (one) => one.name === 'contact');
    await visitor.type('the office');
    await visitor.to('the button', (one) => one.isInMain && isButton(/make|get/i)(one));
    await visitor.enter((url) => url.pathname === '/partners/key');
    const key = (await page.locator('main pre').first().innerText()).trim();
    await visitor.look();
    await visitor.to('the form of a view', (one) => one.tag === 'a' && new URL(one.href).pathname === '/partners/view');
    await visitor.enter((url) => url.pathname === '/partners/view');
    await visitor.to('the key', (one) => one.name === 'key');
    await visitor.type(key);
    await visitor.to('the name of the view', (one) => one.name === 'name');
    await visitor.type(`${hasScripts ? 'by-keyboard' : 'without-scripts'}-${Date.now().toString(36)}`);
    await visitor.to('its title', (one) => one.name === 'title');
    await visitor.type('Physics for us');
    await visitor.to('its filters', (one) => one.name === 'filters');
    await visitor.type('subject=physics');
    await visitor.to('the button', isButton(/save|make/i));
    await visitor.enter((url) => url.pathname === '/partners/view');
    await visitor.look();
    await visitor.to('a search in it', (one) => one.tag === 'a' && new URL(one.href).searchParams.has('view'));
    await visitor.enter((url) => url.searchParams.has('view'));
    return (await page.locator('main a[href*="/resources/"]').count()) > 0 || 'the view shows nothing';
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
    await visitor.look();
    return /thank/i.test(await page.locator('main').innerText()) || `it says “${await visitor.heading()}”`;
  },
};

/** Runs in the page: sends its last form of this kind as a browser would that checks nothing. */
function send() {
  const form = document.querySelector('main form[method=post]');
  form.noValidate = true;
  form.querySelector('button[type=submit]').click();
}

/** Forms that are sent with nothing in them: their addresses. */
export async function unfilled() {
  const [id] = await idsOf('q=titration&source=edges');
  return { 'a report': `/resources/${id}/report`, 'a key': '/partners/key', 'a view': '/partners/view' };
}

/** Sends a form with nothing in it, and says what is wrong with how that is told. */
export async function sendUnfilled(page, path) {
  await page.goto(origin + path);
  await Promise.all([page.waitForEvent('load'), page.evaluate(send)]);
  return page.evaluate(() => {
    const wrong = [];
    const links = [...document.querySelectorAll('main [role=alert] a[href^="#"]')];
    if (links.length === 0) wrong.push('no link to what is missing');
    for (const link of links) {
      const field = document.getElementById(link.hash.slice(1));
      if (!field) wrong.push(`${link.hash} leads nowhere`);
      else if (field.type !== 'radio' && field.getAttribute('aria-invalid') !== 'true') wrong.push(`${link.hash} does not say that it is wrong`);
      else if (!(field.getAttribute('aria-describedby') ?? field.closest('fieldset')?.getAttribute('aria-describedby'))) wrong.push(`${link.hash} does not say why`);
    }
    return wrong;
  });
}
