// What the pages promise, tried in Chromium against a running Signpost that has harvested the sources of this folder.
//
//   node run.mjs --origin http://127.0.0.1:8080 [--shots DIR] [--payloads FILE]
//
// One line a claim, and a closing line; the exit code says whether all of them hold. SIGNPOST_BROWSER_LONG=yes tries
// every payload on every page; SIGNPOST_BROWSER_PARTS names what is tried, with commas, where not everything is. Each
// part has a browser of its own: one that has shown thousands of pages may not outlive the next.

import { launch } from './browser.mjs';
import { claim, sum } from './claims.mjs';
import { inConsole } from './console.mjs';
import { hostile } from './hostile.mjs';
import { everyState, lookedAt } from './states.mjs';
import { alone } from './walks.mjs';
import { onPaper } from './paper.mjs';
import { inTrouble } from './trouble.mjs';
import { inVain } from './vain.mjs';
import { lighthouse, weight } from './weight.mjs';

const PARTS = { everyState, inTrouble, inVain, inConsole, alone, onPaper, weight, hostile, lighthouse };
const asked = process.env.SIGNPOST_BROWSER_PARTS?.split(',');

const unknown = (asked ?? []).filter((name) => !(name in PARTS));
if (unknown.length > 0) claim(`SIGNPOST_BROWSER_PARTS names parts that there are: ${Object.keys(PARTS).join(', ')}`, unknown);
for (const [name, part] of Object.entries(PARTS)) {
  if (asked && !asked.includes(name)) continue;
  const started = Date.now();
  const browser = await launch();
  try {
    await part(browser);
  } catch (error) {
    claim(`${name}: runs to its end (${error.message.split('\n')[0]})`, false);
  } finally {
    await browser.close();
  }
  console.log(`       ${name}: ${Math.round((Date.now() - started) / 1000)} s`);
}
if (process.env.SIGNPOST_BROWSER_STATES) claim('SIGNPOST_BROWSER_STATES names a state that there is', lookedAt() > 0);
process.exit(sum() ? 0 : 1);
