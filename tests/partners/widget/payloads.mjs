// What others write into attributes, answers and addresses: none of it runs, and no link leads but to the web.

import { readFileSync } from 'node:fs';
import { PAYLOADS, filledWith, nothing, themeOf } from './answers.mjs';
import { inside, loaded, open, settled } from './browser.mjs';
import { API, claim, json, options, origin } from './claims.mjs';

const ATTRIBUTES = ['q', 'heading', 'heading-level', 'limit', 'lang', 'filters', 'level-names', 'target', 'view', 'subject', 'publisher', 'sort'];

function payloads() {
  if (!options.payloads) return PAYLOADS;
  const text = readFileSync(options.payloads, 'utf8');
  const more = text.split('\n').filter(Boolean).map((line) => {
    const { s, payload } = JSON.parse(line);
    return payload ?? s;
  });
  return [...PAYLOADS, ...more];
}

/** How many payloads have run in the page. */
const runs = (page) => page.evaluate(() => window.__xss);

/** Puts each payload into every place in turn. */
export async function payload(browser, pages) {
  const all = payloads();
  const { page, context, seen } = await open(browser);
  await context.route((url) => ![origin, pages.origin].includes(url.origin), (route) => route.abort());
  const links = new Set();
  const collect = async () => {
    for (const href of await inside(page, (root) => [...root.querySelectorAll('a')].map((link) => link.href))) links.add(href);
  };
  await page.goto(pages.address('plain'));
  await page.waitForFunction(() => document.querySelector('signpost-search').shadowRoot);
  await inAttributes(page, all, collect);
  await inAnswers(page, all, collect);
  claim('every link is http or https', [...links].filter((href) => !/^https?:\/\//.test(href)));
  const asked = seen.requests.map((request) => new URL(request.url())).filter((url) => ![origin, pages.origin].includes(url.origin));
  claim('no answer leads a request elsewhere', asked.map(String));
  claim('none of it breaks the widget', seen.errors);
  await context.close();
  await inAddresses(all);
}

async function inAttributes(page, all, collect) {
  const attributes = ATTRIBUTES;
  await page.route(API, (route) => json(route, nothing()));
  await page.route(`${origin}/v1/views/**`, (route) => json(route, themeOf('x'), 404));
  for (const text of all) {
    await page.evaluate(([attributes, text]) => {
      for (const name of attributes) document.querySelector('signpost-search').setAttribute(name, text);
    }, [attributes, text]);
    await settled(page);
    await collect();
    await page.evaluate((attributes) => attributes.forEach((name) => document.querySelector('signpost-search').removeAttribute(name)), attributes);
  }
  await loaded(page);
  claim(`${all.length} payloads in ${attributes.length} attributes: none runs`, (await runs(page)) === 0);
  for (const text of PAYLOADS.filter((text) => /^\W*\w+:|^\/\//.test(text) && !text.includes('evil'))) {
    await page.evaluate((text) => document.querySelector('signpost-search').setAttribute('api', text), text);
    await collect();
  }
  await page.evaluate(() => document.querySelector('signpost-search').removeAttribute('api'));
  await loaded(page);
  claim('an address of the API that is no web address is not used', (await runs(page)) === 0);
}

async function inAnswers(page, all, collect) {
  await page.unrouteAll();
  let answer;
  await page.route(API, (route) => json(route, answer.body, answer.status));
  await page.route(`${origin}/v1/views/**`, (route) => json(route, answer.theme));
  for (const text of all) {
    answer = { body: filledWith(text, text, 'https://evil.example/v1/resources?page=2'), theme: themeOf(text), status: 200 };
    await page.evaluate(() => {
      const search = document.querySelector('signpost-search');
      search.setAttribute('view', `v${Math.random()}`.slice(0, 9));
    });
    await settled(page);
    await collect();
    await inside(page, (root) => [...root.querySelectorAll('.chip, .ways button, .note button, .next')].slice(0, 3).forEach((button) => button.click()));
    await settled(page);
    await collect();
  }
  answer = { body: { detail: PAYLOADS[2] }, theme: {}, status: 400 };
  await page.evaluate(() => document.querySelector('signpost-search').setAttribute('q', 'refused'));
  await settled(page);
  await loaded(page);
  claim(`${all.length} payloads in every text and address of an answer: none runs`, (await runs(page)) === 0);
}

async function inAddresses(all) {
  const wrong = [];
  for (const text of all) {
    const address = `${origin}/embed/search?${new URLSearchParams({ q: text, heading: text, subject: text })}`;
    const answer = await fetch(address);
    // One that is too long for an address is refused.
    if (!answer.ok && address.length > 8192) continue;
    const html = await answer.text();
    if ((html.match(/<script/g) || []).length !== 2 || html.includes('<img') || html.includes('<svg')) wrong.push(text);
  }
  claim(`${all.length} payloads in the address of a frame: all escaped`, wrong);
}
