// How this run was asked for: where the service is, how much is tried, and what was harvested into it.

import { existsSync, readFileSync } from 'node:fs';
import { options, origin } from './claims.mjs';

export { options, origin };

/** Whether every payload is tried on every page, and every state in full; as before a release. */
export const long = process.env.SIGNPOST_BROWSER_LONG === 'yes';

/** The payloads that were harvested. */
export const payloads = options.payloads && existsSync(options.payloads) ? JSON.parse(readFileSync(options.payloads, 'utf8')) : [];

/** With what a service of a test's own is started: the program, and a store that it may have a copy of. */
export const own = { binary: process.env.SIGNPOST_BROWSER_BINARY, store: process.env.SIGNPOST_BROWSER_STORE };

/** Of the states, those that are looked at. */
export const isLookedAt = (name) => new RegExp(process.env.SIGNPOST_BROWSER_STATES ?? '').test(name);

/** So many pages are walked at once: what two cores do without slowing each other down. */
export const AT_ONCE = 3;

/** Calls `work` with each of the values, a few at a time. */
export async function each(values, work) {
  const waiting = [...values];
  const next = async () => {
    while (waiting.length > 0) await work(waiting.shift());
  };
  await Promise.all(Array.from({ length: AT_ONCE }, next));
}
