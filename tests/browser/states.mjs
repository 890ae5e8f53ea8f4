// What holds for every page in every state, however it is looked at: in light and dark, with scripts and without, on a
// phone, with large letters, in forced colours, on paper.

import { axe, drawn, open } from './browser.mjs';
import { claim, shot } from './claims.mjs';
import { statusOf, states } from './pages.mjs';
import { each, isLookedAt, long, origin } from './settings.mjs';

/** All claims, and what speaks against each of them: said once, for all states together. */
const CLAIMS = {
  status: 'answered as it should be',
  light: 'axe finds nothing in the light scheme',
  dark: 'axe finds nothing in the dark scheme',
  bare: 'axe finds nothing without scripts',
  one: 'one heading of the first level, a language, and a title that is the page’s own',
  narrow: '320 pixels wide: no sideways scrolling, and nothing stands out of the page',
  targets: 'what is pressed is at least 24 pixels wide and high, or has room around it',
  alone: 'a link that stands alone is at least 24 pixels high',
  goesOn: 'what scrolls sideways says so at its end',
  phone: '390 pixels wide: no sideways scrolling',
  large: '200 % text, on a phone too: no sideways scrolling, and no text is cut off',
  spaced: 'wider spacing of text: no text is cut off',
  forced: 'forced colours: each control has an edge, each text a colour that is not that of its ground',
  paper: 'on paper: no controls, the text is there, and nothing stands out of the sheet',
  carried: 'each link to a page of ours takes along whose words are used',
  quiet: 'no request elsewhere, no violation of the policy, no error, nothing stored',
};

let met = 0;

/** How many pages were looked at so far. */
export const lookedAt = () => met;

/** Looks at every page in every state, and follows their links. */
export async function everyState(browser) {
  await leadSomewhere(await look(browser, 'pages and states', await states()));
}

/** Looks at each of these in every way: addresses by name, on this service or another; a pair is an address and what is done there to reach the state. `prepare` is called before each is opened. Returns the links of ours that were met. */
export async function look(browser, what, addresses, prepare = async () => {}) {
  const wrong = Object.fromEntries(Object.keys(CLAIMS).map((name) => [name, []]));
  const titles = new Map();
  const links = new Map();
  const all = Object.entries(addresses).filter(([name]) => isLookedAt(name));
  // What is asked for may be a state of another part; the sum sees that it is one of some part.
  if (all.length === 0 && process.env.SIGNPOST_BROWSER_STATES) return links;
  claim(`${what}: there are some`, all.length > 0);
  let looked = 0;
  met += all.length;
  await each(all, async ([name, place]) => {
    const [path, act = async () => {}] = [place].flat();
    const tell = (which, found) => wrong[which].push(...found.map((one) => `${name} (${path.slice(0, 60)}): ${one}`));
    try {
      const opened = await openFor(browser, name, path, act, prepare, tell);
      if (!opened) return;
      const hasScripts = await withScripts(opened, name, path, tell, titles, links);
      looked += 1;
      // Where there is no script, the page without scripts is the same.
      if (long || hasScripts) await withoutScripts(browser, path, act, prepare, tell, name);
    } catch (error) {
      tell('status', [error.message.split('\n')[0]]);
    }
  });
  for (const [title, names] of titles) {
    if (names.length > 1) wrong.one.push(`“${title}” is the title of ${names.join(' and of ')}`);
  }
  for (const [name, text] of Object.entries(CLAIMS)) claim(`${looked} of ${all.length} ${what}: ${text}`, wrong[name]);
  return links;
}

/** Whether a link is there to be looked at only: to resources that nobody has, and to a question with a mistake in it. */
function isExample(name, href) {
  return (name === 'design' && href.includes('/resources/')) || href.endsWith('/v1/resources?levl=ks3');
}

/** The page, opened and drawn, when it is there to be looked at. */
async function openFor(browser, name, path, act, prepare, tell) {
  const opened = await open(browser, { viewport: { width: 1280, height: 900 }, reducedMotion: 'reduce' });
  await prepare(opened, name);
  const answer = await opened.page.goto(new URL(path, origin).href);
  if (answer.status() === statusOf(name)) {
    await act(opened.page);
    await drawn(opened.page);
    return opened;
  }
  tell('status', [`${answer.status()}`]);
  await opened.context.close();
  return null;
}

/** Looks at a page that is open, in every way; whether it has scripts. */
async function withScripts(opened, name, path, tell, titles, links) {
  const { page, context } = opened;
  tell('one', await head(page, name, titles));
  for (const href of await page.evaluate(() => [...document.querySelectorAll('a[href]')].filter((link) => !/^(#|$)/.test(link.getAttribute('href'))).map((link) => link.href))) {
    if (href.startsWith(`${new URL(page.url()).origin}/`) && !isExample(name, href)) links.set(href.split('#')[0], name);
  }
  if (path.includes('words=')) tell('carried', await page.evaluate(notCarried, /words=([a-z-]+)/.exec(path)[1]));
  tell('light', await axe(page));
  tell('dark', await inDark(page));
  await picture(page, name, 'dark');
  await page.emulateMedia({ colorScheme: 'light' });
  await picture(page, name, 'light');
  await large(page, tell);
  await narrow(page, name, tell);
  await forced(page, name, tell);
  await paper(page, name, tell);
  tell('quiet', await loud(opened));
  const scripts = await page.locator('script[src]').count();
  await context.close();
  return scripts > 0;
}

/** With the scripts of the page refused, as by a school's proxy; axe is one itself, so scripts cannot be switched off. */
async function withoutScripts(browser, path, act, prepare, tell, name) {
  const opened = await open(browser, { viewport: { width: 390, height: 844 } });
  const { page, context } = opened;
  await context.route(/\.js(\?|$)/, (route) => route.abort());
  await prepare(opened, name);
  await page.goto(new URL(path, origin).href);
  await act(page);
  // Colours are the same as with scripts.
  tell('bare', await axe(page, long ? {} : { rules: { 'color-contrast': { enabled: false } } }));
  await page.emulateMedia({ colorScheme: 'dark' });
  if (long) tell('bare', await axe(page));
  await context.close();
}

async function picture(page, name, scheme) {
  if (!long) return;
  for (const width of [1280, 768, 390]) {
    await page.setViewportSize({ width, height: 900 });
    await shot(page, `${name.replaceAll(/\W+/g, '-')}-${width}-${scheme}`);
  }
  await page.setViewportSize({ width: 1280, height: 900 });
}

/** What differs in the dark is colours; with `--long` everything is looked at anew. */
async function inDark(page) {
  await page.emulateMedia({ colorScheme: 'dark' });
  await drawn(page);
  return long ? axe(page) : onlyThese(page, ['color-contrast', 'link-in-text-block']);
}

/** What some rules of axe find wrong, those included that axe leaves out by itself; axe stands in the page already. */
async function onlyThese(page, rules) {
  const found = await page.evaluate((rules) => window.axe.run(document, { runOnly: { type: 'rule', values: rules }, resultTypes: ['violations'] }), rules);
  return found.violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.flat().join(' ')).join(', ')}`);
}

async function head(page, name, titles) {
  const found = await page.evaluate(() => ({
    title: document.title, lang: document.documentElement.lang, headings: document.querySelectorAll('h1').length,
    mains: document.querySelectorAll('main').length, skips: document.querySelector('a[href^="#"]') !== null,
  }));
  const title = found.title.trim();
  // The same page in other words is the same page, and all that is not there is called so.
  if (!/^error| in (Scotland|Northern Ireland|the words of)|with choices|with a plan|of other facets|as a (reader|curator)|with mistakes|with what was done/.test(name)) titles.set(title, [...(titles.get(title) ?? []), name]);
  const wrong = [];
  if (!title || (/^signpost/i.test(title) && !name.startsWith('start'))) wrong.push(`the title is “${title}”`);
  if (!found.lang) wrong.push('no language');
  if (found.headings !== 1) wrong.push(`${found.headings} headings of the first level`);
  if (found.mains !== 1) wrong.push(`${found.mains} main parts`);
  if (!found.skips) wrong.push('no way past the navigation');
  return wrong;
}

/** Runs in the page: links to pages of ours that lose whose words are used. */
function notCarried(nation) {
  const isPage = (url) => url.origin === location.origin && !/^\/(v1|oai|assets|docs\/(reader|clients)|embed|admin|metrics|oembed)\b|\.\w+$/.test(url.pathname);
  return [...document.querySelectorAll('a[href]')].filter((link) => !link.getAttribute('href').startsWith('#')).map((link) => new URL(link.href))
    .filter((url) => isPage(url) && !url.searchParams.has('words')).map((url) => `${url.pathname}${url.search} (from ${nation})`);
}

async function narrow(page, name, tell) {
  await page.setViewportSize({ width: 390, height: 844 });
  tell('phone', await page.evaluate(sideways));
  tell('targets', await onlyThese(page, ['target-size']));
  tell('alone', await page.evaluate(lowAlone));
  await page.setViewportSize({ width: 320, height: 700 });
  tell('narrow', await page.evaluate(sideways));
  tell('goesOn', await page.evaluate(endsUnsaid));
  if (long) await shot(page, `${name.replaceAll(/\W+/g, '-')}-320`);
  await page.setViewportSize({ width: 1280, height: 900 });
}

/** Runs in the page: links with nothing beside them that are lower than a finger needs. */
function lowAlone() {
  const isAlone = (link) => link.parentElement.textContent.trim() === link.textContent.trim();
  return [...document.querySelectorAll('main a[href]')].filter((link) => link.checkVisibility() && !link.closest('.unseen') && isAlone(link) && link.getBoundingClientRect().height < 24)
    .map((link) => `${link.parentElement.localName}.${link.parentElement.className} “${link.textContent.trim().slice(0, 30)}”`);
}

/** Runs in the page: what is wider than its place, and ends as if it were whole. */
function endsUnsaid() {
  const scrolls = (one) => /auto|scroll/.test(getComputedStyle(one).overflowX) && one.scrollWidth > one.clientWidth + 1 && !one.matches('input, select, textarea');
  return [...document.body.querySelectorAll('*')].filter((one) => scrolls(one) && getComputedStyle(one).backgroundImage === 'none').map((one) => `${one.localName}.${one.className}`);
}

/** Runs in the page: how far it can be scrolled sideways, and by what; what scrolls in a frame of its own may be wide. */
function sideways() {
  const root = document.scrollingElement;
  if (root.scrollWidth <= innerWidth) return [];
  const inFrame = (element) => {
    for (let one = element.parentElement; one && one !== document.body; one = one.parentElement) {
      if (/auto|scroll|hidden|clip/.test(getComputedStyle(one).overflowX)) return true;
    }
    return false;
  };
  const wide = [...document.body.querySelectorAll('*')].filter((one) => one.getBoundingClientRect().right > innerWidth + 1 && !inFrame(one));
  return [`${root.scrollWidth} pixels: ${wide.slice(-3).map((one) => `${one.localName}.${one.className}`).join(', ')}`];
}

/** Letters twice as large, and then letters, words, lines and paragraphs further apart (WCAG 2.2, 1.4.4 and 1.4.12). */
async function large(page, tell) {
  await page.evaluate(() => document.documentElement.style.setProperty('font-size', '200%'));
  for (const width of [1280, 390]) {
    await page.setViewportSize({ width, height: 900 });
    tell('large', (await page.evaluate(sideways)).map((one) => `${width} pixels: ${one}`));
    tell('large', (await page.evaluate(cutOff)).map((one) => `${width} pixels: ${one}`));
  }
  await page.setViewportSize({ width: 1280, height: 900 });
  await page.evaluate(() => {
    document.documentElement.style.removeProperty('font-size');
    const spaced = new CSSStyleSheet();
    spaced.replaceSync('* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; } p { margin-bottom: 2em !important; }');
    document.adoptedStyleSheets = [spaced];
  });
  tell('spaced', await page.evaluate(cutOff));
  await page.evaluate(() => (document.adoptedStyleSheets = []));
}

/** Runs in the page: elements that hide a part of their own text. What only a screen reader shall meet is a pixel high; what
    is shortened to a few lines on a phone says so, and its page has the rest. */
function cutOff() {
  const hides = (style) => /hidden|clip/.test(style.overflowX + style.overflowY);
  return [...document.body.querySelectorAll('*')].filter((one) => {
    const style = getComputedStyle(one);
    if (!hides(style) || style.position === 'absolute' || one.clientHeight < 4 || one instanceof SVGElement || !one.textContent.trim() || style.webkitLineClamp !== 'none') return false;
    return one.scrollHeight > one.clientHeight + 2 || one.scrollWidth > one.clientWidth + 2;
  }).map((one) => `${one.localName}.${one.className} “${one.textContent.trim().slice(0, 40)}”`);
}

async function forced(page, name, tell) {
  await page.emulateMedia({ forcedColors: 'active' });
  await drawn(page);
  tell('forced', await page.evaluate(() => {
    const shown = (one) => one.checkVisibility() && one.getBoundingClientRect().width > 1;
    const controls = [...document.querySelectorAll('button, select, textarea, input:not([type=hidden], [type=checkbox], [type=radio]), a.button')];
    const edge = (style) => ['Top', 'Bottom'].every((side) => style[`border${side}Style`] !== 'none' && parseFloat(style[`border${side}Width`]) >= 1);
    const bare = controls.filter((one) => shown(one) && !edge(getComputedStyle(one))).map((one) => `${one.localName}.${one.className} “${one.textContent.trim().slice(0, 30)}” has no edge`);
    const unseen = [...document.querySelectorAll('main td, main th, main a, main svg')].filter(shown).filter((one) => {
      const { color, backgroundColor } = getComputedStyle(one);
      return color === backgroundColor;
    }).map((one) => `${one.localName}.${one.className} has the colour of its ground`);
    return [...bare, ...unseen];
  }));
  if (long) await shot(page, `${name.replaceAll(/\W+/g, '-')}-forced`);
  await page.emulateMedia({ forcedColors: 'none' });
}

/** So wide is the text of an A4 sheet with margins of 10 mm, in CSS pixels. */
const SHEET_PX = 718;

async function paper(page, name, tell) {
  await page.emulateMedia({ media: 'print' });
  await page.setViewportSize({ width: SHEET_PX, height: 1000 });
  tell('paper', await page.evaluate(sideways));
  tell('paper', await page.evaluate(() => {
    const shown = (one) => one.checkVisibility({ visibilityProperty: true }) && one.getBoundingClientRect().width > 1;
    const controls = [...document.querySelectorAll('header nav a, footer nav a, main button')].filter(shown);
    const wrong = controls.slice(0, 3).map((one) => `${one.localName} “${one.textContent.trim().slice(0, 30)}” is printed`);
    if (!document.querySelector('h1')?.checkVisibility()) wrong.push('no heading');
    return wrong;
  }));
  if (long) await shot(page, `${name.replaceAll(/\W+/g, '-')}-paper`);
  await page.emulateMedia({ media: 'screen' });
  await page.setViewportSize({ width: 1280, height: 900 });
}

/** What a page of ours does that it must not. */
export async function loud({ page, context, seen }) {
  const ours = new URL(page.url()).origin;
  const elsewhere = seen.requests.map((request) => request.url()).filter((url) => !url.startsWith('data:') && new URL(url).origin !== ours);
  const violations = await page.evaluate(() => window.__violations);
  const kept = await page.evaluate(async () => [...Object.keys(localStorage), ...Object.keys(sessionStorage), ...(await indexedDB.databases()).map((one) => one.name)]);
  // Who has signed in to the console is known by one cookie, and by nothing else.
  const mine = new URL(page.url()).pathname.startsWith('/admin') ? ['secret', '__Host-signpost'] : ['secret'];
  const cookies = (await context.cookies()).map((cookie) => cookie.name).filter((name) => !mine.includes(name));
  const ran = await page.evaluate(() => window.__xss);
  return [...elsewhere, ...violations, ...seen.errors, ...(ran > 0 ? [`${ran} payloads ran`] : []), ...kept.map((one) => `keeps ${one}`), ...cookies.map((one) => `sets the cookie ${one}`)];
}

/** Follows each link of ours once: none leads to nowhere. */
export async function leadSomewhere(links, headers = {}) {
  const wrong = [];
  // Reports and keys are made by forms only, so a link never changes anything.
  const all = [...links].slice(0, long ? links.size : 600);
  await each(all, async ([href, name]) => {
    const answer = await fetch(href, { headers: { accept: 'text/html', ...headers }, redirect: 'follow' });
    await answer.body?.cancel();
    // What was hidden says so at its address; its decision leads there.
    const isThere = answer.status < 400 || (answer.status === 410 && name.startsWith('decisions'));
    if (!isThere && !name.startsWith('error')) wrong.push(`${answer.status} ${href.replace(/^https?:..[^/]+/, '')} (on ${name})`);
  });
  if (links.size > 0 || !process.env.SIGNPOST_BROWSER_STATES) claim(`${all.length} links of ours: each leads somewhere`, all.length > 0 ? wrong : ['no link was met']);
}
