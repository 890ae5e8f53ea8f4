// What is said: to who writes the page, when it asks wrongly, and to its visitors, of a view and its results.

import { inside, open, settled } from './browser.mjs';
import { API, claim, json, origin } from './claims.mjs';

/** A page that asks for what there is not, and one with a view. */
export async function wording(browser, pages) {
  await askedWrongly(browser, pages);
  await ofAView(browser, pages);
}

async function askedWrongly(browser, pages) {
  const { page, context } = await open(browser);
  const warnings = [];
  page.on('console', (message) => message.type() === 'warning' && warnings.push(message.text()));
  const strange = { levels: 'ks3', filters: 'subjct level', limit: '50' };
  await page.goto(pages.address('plain', { subject: 'x', ...strange, class: 'wide', 'data-own': '1' }));
  await settled(page);
  await page.evaluate(() => document.querySelector('signpost-search').setAttribute('q', 'vet'));
  await page.waitForFunction(() => window.__events.filter((event) => event.name === 'error').length === 2);
  const expected = ['no attribute levels; known: view,', 'filters: “subjct” is not known; known: subject,',
    'limit: “50” is not known; known: 1 to 20', 'subject: `x` is not in'];
  const missing = expected.filter((part) => !warnings.some((text) => text.includes(part)));
  claim('the console is told once of each attribute that is not known, and which are',
    warnings.length === expected.length ? missing : warnings);
  const text = await inside(page, (root) => root.querySelector('.trouble').textContent);
  claim('a refusal is told to visitors without the words of the API, with the link of the page',
    !text.includes('vocabulary') && (await page.locator('#fallback').isVisible()));
  const refused = await page.evaluate(() => window.__events.find((event) => event.name === 'error').detail);
  claim('events: a refusal is told with what the API says',
    refused.status === 400 && refused.message.includes('not in the subject vocabulary'));
  await context.close();
}

/** Answers a search of the view as the catalogue would that has it: the view's own subject is not the visitor's choice. */
async function asOfTheView(route) {
  const url = new URL(route.request().url());
  url.searchParams.delete('view');
  url.searchParams.set('subject', 'chemistry');
  const answer = await (await fetch(url)).json();
  for (const value of answer.facets.subject.values) {
    Object.assign(value, { selected: false, count: Math.min(value.count, answer.total) });
  }
  await json(route, answer);
}

/** What stands in the widget. */
const shown = (page) => inside(page, (root) => ({
  label: root.querySelector('[role=search]').getAttribute('aria-label'),
  headings: [...root.querySelectorAll('h1,h2,h3,h4')].slice(0, 3).map((one) => `${one.localName} ${one.textContent}`),
  subjects: [...root.querySelectorAll('fieldset[data-facet=subject] input')].map((one) => one.value),
  tags: [...root.querySelectorAll('.tags')].map((one) => one.textContent).join(),
  descriptions: [...root.querySelectorAll('.say')].map((one) => one.textContent),
}));

async function ofAView(browser, pages) {
  const { page, context } = await open(browser);
  const view = { name: 'rsc', title: 'Chemistry at work', filters: { subject: ['chemistry'] }, theme: {} };
  await page.route(`${origin}/v1/views/rsc`, (route) => json(route, view));
  await page.route(API, asOfTheView);
  await page.goto(pages.address('plain', { view: 'rsc', 'level-names': 'scotland' }));
  await settled(page);
  const named = await shown(page);
  claim('a view’s title is its heading and the name of its region',
    named.label === view.title && named.headings[0] === `h2 ${view.title}` && named.headings[1].startsWith('h3'));
  claim('a value that every result has is no choice',
    named.subjects.length > 0 && !named.subjects.some((id) => ['chemistry', 'science'].includes(id)));
  claim('a level that others shown are together is left out',
    named.tags.includes('Fourth Level') && !named.tags.includes('Third and Fourth'));
  const isWhole = (text) => /[.!?”"’)]$|\p{L}{2,}…$/u.test(text);
  claim('a description ends with a sentence or a word',
    named.descriptions.length > 0 ? named.descriptions.filter((text) => !isWhole(text)) : false);
  await page.goto(pages.address('plain', { view: 'rsc', heading: '' }));
  await settled(page);
  const bare = await shown(page);
  claim('a blank heading shows none',
    bare.label === view.title && bare.headings[0].startsWith('h2') && !bare.headings[0].includes(view.title));
  await context.close();
}
