// What holds and what does not: one line a claim, and the sum at the end.

import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';

export const { values: options } = parseArgs({
  options: { origin: { type: 'string' }, shots: { type: 'string' }, payloads: { type: 'string' } },
});
if (!options.origin) {
  console.error('usage: node run.mjs --origin http://127.0.0.1:8080 [--shots DIR] [--payloads FILE]');
  process.exit(2);
}
export const origin = options.origin.replace(/\/+$/, '');
export const API = `${origin}/v1/resources**`;
export const SEARCH = { subject: 'chemistry', level: 'ks3', heading: 'Find a resource' };

let passed = 0;
const failures = [];

/** Tells whether a claim holds; `wrong` lists what speaks against it. */
export function claim(text, wrong) {
  const holds = Array.isArray(wrong) ? wrong.length === 0 : wrong === true;
  if (holds) passed += 1;
  else failures.push(text);
  const why = holds || !Array.isArray(wrong) ? '' : `\n       ${wrong.slice(0, 6).map((one) => String(one).slice(0, 200)).join('\n       ')}${wrong.length > 6 ? `\n       and ${wrong.length - 6} more` : ''}`;
  console.log(`${holds ? 'ok    ' : 'FAILED'} ${text}${why}`);
}

/** Tells how many claims hold; whether all do. */
export function sum() {
  console.log(`${passed} passed, ${failures.length} failed`);
  return failures.length === 0;
}

/** Keeps a picture of the page, where that is wanted. */
export async function shot(page, name) {
  if (!options.shots) return;
  mkdirSync(options.shots, { recursive: true });
  await page.screenshot({ path: join(options.shots, `${name}.png`), fullPage: true });
}

/** What every page must hold to, whatever was done in it. */
export async function claimQuiet(what, { page, seen, context }, hosts, expected = []) {
  const strange = seen.requests.map((request) => request.url()).filter((url) => !hosts.includes(new URL(url).origin) && !url.startsWith('data:'));
  claim(`${what}: no request but to the page's own origin and Signpost's`, strange);
  const violations = await page.evaluate(() => window.__violations);
  claim(`${what}: no violation of the page's policy`, violations.filter((one) => !expected.some((part) => one.startsWith(part))));
  claim(`${what}: no error in the page`, seen.errors);
  const kept = await page.evaluate(async () => {
    const databases = await indexedDB.databases();
    return [...Object.keys(localStorage), ...Object.keys(sessionStorage), ...databases.map((one) => one.name)];
  });
  const cookies = (await context.cookies()).map((cookie) => cookie.name).filter((name) => name !== 'secret');
  claim(`${what}: nothing is stored`, [...kept, ...cookies]);
  const told = [];
  for (const request of seen.requests.filter((request) => request.url().startsWith(`${origin}/v1`))) {
    const headers = await request.allHeaders();
    if (headers.cookie || headers.referer) told.push(`${request.url()} ${headers.cookie || headers.referer}`);
  }
  claim(`${what}: the API is told no cookie and no address of the page`, told);
}

/** Answers a request with JSON, as the API would. */
export const json = (route, body, status = 200) =>
  route.fulfill({ status, contentType: 'application/json', headers: { 'access-control-allow-origin': '*' }, body: JSON.stringify(body) });
