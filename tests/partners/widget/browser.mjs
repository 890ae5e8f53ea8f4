// One browser, and pages in it that tell what went wrong in them.

import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { chromium } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Starts Chromium, quiet: none of its own requests. */
export function launch() {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'];
  return chromium.launch({ executablePath: process.env.CHROMIUM || '/usr/bin/chromium', args });
}

/** A page in a context of its own, watched from before its first byte. */
export async function open(browser, options = {}) {
  const context = await browser.newContext({ viewport: { width: 900, height: 900 }, colorScheme: 'light', ...options });
  // Sent along wherever cookies are: the API must never see it.
  await context.addCookies([{ name: 'secret', value: '1', domain: '127.0.0.1', path: '/' }]);
  await context.addInitScript(() => {
    window.__xss = 0;
    window.__violations = [];
    window.__events = [];
    document.addEventListener('securitypolicyviolation', (event) => window.__violations.push(`${event.violatedDirective} ${event.blockedURI}`));
    for (const name of ['search', 'select', 'error']) {
      document.addEventListener(`signpost-${name}`, (event) => window.__events.push({ name, detail: event.detail }));
    }
  });
  const page = await context.newPage();
  const seen = { requests: [], errors: [] };
  context.on('request', (request) => seen.requests.push(request));
  page.on('pageerror', (error) => seen.errors.push(error.message));
  page.on('dialog', (dialog) => {
    seen.errors.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
  return { context, page, seen };
}

/** What axe finds wrong, one line each; `options` are axe's own. */
export async function axe(frame, options = {}) {
  await frame.evaluate(AXE);
  const found = await frame.evaluate((options) => window.axe.run(document, { resultTypes: ['violations'], ...options }), options);
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.flat().join(' ')).join(', ')}`);
}

/** Waits until the widget has answered: results, or trouble. */
export async function settled(frame) {
  await frame.waitForFunction(() => {
    const root = document.querySelector('signpost-search').shadowRoot;
    const found = root && root.querySelector('.found');
    return found && !found.hasAttribute('aria-busy') && found.childElementCount > 0;
  });
}

/** Whether this comes true in the page within half a minute. */
export function comesTrue(frame, isSo) {
  return frame.waitForFunction(isSo).then(() => true, () => false);
}

/** Waits until the page has drawn all that it has learnt. */
export function drawn(frame) {
  return frame.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
}

/** Waits until what the page had begun to load has come or failed: a picture that nobody has stands last in the queue. */
export async function loaded(frame) {
  await frame.evaluate(() => new Promise((done) => {
    const picture = new Image();
    picture.onload = picture.onerror = done;
    picture.src = `/nobody-has-this?${Math.random()}`;
  }));
  await drawn(frame);
}

/** Calls a function with the shadow root of the widget. */
export function inside(frame, call, argument) {
  return frame.evaluate(`(${call})(document.querySelector('signpost-search').shadowRoot, ${JSON.stringify(argument ?? null)})`);
}

/** The computed styles of elements, without what follows from the room they have. */
export function styles(frame, where) {
  return frame.evaluate((where) => {
    const root = where === 'widget' ? document.querySelector('signpost-search').shadowRoot : document;
    const chosen = where === 'widget' ? root.querySelectorAll('*') : root.querySelectorAll('#mine, #text, #own, main, body');
    const room = /^(width|height|(inline|block)-size|(perspective|transform)-origin|inset|top|left|right|bottom|grid-template|-webkit-locale|--)/;
    return [...chosen].map((element) => {
      const style = getComputedStyle(element);
      const names = [...style].filter((name) => !room.test(name));
      return [element.localName + (element.className ? `.${element.className}` : ''), Object.fromEntries(names.map((name) => [name, style.getPropertyValue(name)]))];
    });
  }, where);
}

/** How two lists of styles differ. */
export function differences(one, other) {
  const found = [];
  if (one.length !== other.length) found.push(`${one.length} elements, ${other.length} elements`);
  one.forEach(([name, style], place) => {
    const [, against = {}] = other[place] || [];
    for (const property of Object.keys(style)) {
      if (style[property] !== against[property]) found.push(`${name} ${property}: ${style[property]} | ${against[property]}`);
    }
  });
  return found;
}
