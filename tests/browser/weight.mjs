// What pages weigh on the way, and what Lighthouse says of them.

import { launch as launchChrome } from 'chrome-launcher';
import lighthouseOf from 'lighthouse';
import desktop from 'lighthouse/core/config/desktop-config.js';
import { open } from './browser.mjs';
import { claim } from './claims.mjs';
import { idsOf } from './pages.mjs';
import { long, options, origin } from './settings.mjs';

/** Bytes as issue 7 counts them: a thousand to the kilobyte, headers included. */
const KILOBYTE = 1000;
/** Page, sheet and script. */
const START_REQUESTS = 3;
const START_BYTES = 30 * KILOBYTE;
const SEARCH_BYTES = 60 * KILOBYTE;
/** Each of Lighthouse's four sums, of a hundred. */
const LEAST_SCORE = 98;
/** How fast a page is depends on what else the machine does, so a slow run is tried again. */
const TRIES = 3;

/** Loads a page with nothing kept from before: how many requests, how many bytes. */
async function weigh(browser, path) {
  const { page, context } = await open(browser);
  const session = await context.newCDPSession(page);
  let bytes = 0;
  const requests = [];
  await session.send('Network.enable');
  // The picture in the tab is asked for by the browser, not by the page, and kept for a year.
  session.on('Network.requestWillBeSent', ({ request, type }) => type !== 'Other' && requests.push(new URL(request.url).pathname));
  session.on('Network.loadingFinished', (event) => (bytes += event.encodedDataLength));
  await page.goto(origin + path, { waitUntil: 'networkidle' });
  await context.close();
  return { bytes, requests };
}

export async function weight(browser) {
  const start = await weigh(browser, '/');
  claim(`the start page takes ${start.requests.length} requests, at most ${START_REQUESTS}`, start.requests.length > START_REQUESTS ? start.requests : []);
  claim(`the start page has ${start.bytes} bytes on the way, under ${START_BYTES}`, start.bytes < START_BYTES);
  for (const path of ['/?q=chemistry+year+9', '/?q=', '/?source=crowd']) {
    const search = await weigh(browser, path);
    claim(`a search (${path}) has ${search.bytes} bytes on the way, under ${SEARCH_BYTES}`, search.bytes < SEARCH_BYTES);
  }
}

/** The four sums for a page. */
async function scores(chrome, path, preset) {
  const result = await lighthouseOf(origin + path, { port: chrome.port, output: 'json', logLevel: 'error' }, preset);
  const { categories, audits } = result.lhr;
  const isSlow = categories.performance.score * 100 < LEAST_SCORE - 0.5;
  const wrong = Object.values(categories).flatMap((category) => {
    const score = Math.round(category.score * 100);
    if (score >= LEAST_SCORE) return [];
    const why = category.auditRefs.filter(({ id, weight }) => weight > 0 && audits[id].score !== null && audits[id].score < 0.9).map(({ id }) => id);
    return [`${category.title} ${score}: ${why.join(', ')}`];
  });
  return { wrong, isSlow, told: Object.values(categories).map((category) => Math.round(category.score * 100)).join(', ') };
}

export async function lighthouse() {
  const [id] = await idsOf('q=titration&source=edges');
  const chromeFlags = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update', '--disable-sync'];
  const chrome = await launchChrome({ chromePath: process.env.CHROMIUM || '/usr/bin/chromium', chromeFlags });
  const pages = { 'a search': '/?q=chemistry', 'a resource': `/resources/${id}`, ...(long ? { start: '/', students: '/students', planner: '/planner', coverage: '/coverage', sources: '/sources', partners: '/partners' } : {}) };
  try {
    for (const [name, path] of Object.entries(pages)) {
      // What a telephone on a slow line shows well a desk does too.
      for (const [how, preset] of Object.entries({ 'a telephone': undefined, ...(long ? { 'a desk': desktop } : {}) })) {
        let last;
        for (let tries = 0; tries < TRIES && (!last || last.isSlow); tries += 1) last = await scores(chrome, path, preset);
        claim(`Lighthouse: ${name} on ${how}: ${last.told} (performance, accessibility, best practices, search engines), at least ${LEAST_SCORE} each`, last.wrong);
      }
    }
  } finally {
    await chrome.kill();
  }
}
