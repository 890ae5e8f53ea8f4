// What the widget promises, tried in Chromium against a running Signpost with the catalogues that ship.
//
//   node run.mjs --origin http://127.0.0.1:8080 [--shots DIR] [--payloads FILE]
//
// The pages it is put into come from another origin. One line a claim, and a closing line; the exit code says whether
// all of them hold. A file of payloads holds one JSON object on each line, with the text as `payload` or `s`.

import { launch } from './browser.mjs';
import { claim, origin, sum } from './claims.mjs';
import { servePages } from './pages.mjs';
import { payload } from './payloads.mjs';
import { seeing, states, waiting } from './states.mjs';
import { framed, hostile, policies } from './surroundings.mjs';
import { behaviour, keyboard, views } from './use.mjs';
import { wording } from './wording.mjs';

/** What is served, and under which names. */
async function served() {
  const script = await fetch(`${origin}/embed/v1.js`);
  claim('the script is JavaScript that any site may load for an hour',
    script.headers.get('content-type') === 'text/javascript; charset=utf-8' && script.headers.get('access-control-allow-origin') === '*'
      && script.headers.get('cross-origin-resource-policy') === 'cross-origin');
  const { gzipSync } = await import('node:zlib');
  const bytes = gzipSync(Buffer.from(await script.arrayBuffer())).length;
  claim(`the script has ${bytes} bytes compressed, style and words included: under 15,000`, bytes < 15000);
  const told = await (await fetch(`${origin}/embed/v1.json`)).json();
  const hashed = await fetch(told.url);
  claim('its hashed copy is there, and an older hash is not',
    hashed.ok && (await fetch(`${origin}/embed/v1.0000000000000000.js`)).status === 404);
  return { ...told, url: told.url.replace(new URL(told.url).origin, origin) };
}

const hashed = await served();
const pages = await servePages(origin, hashed);
const browser = await launch();
try {
  for (const part of [states, waiting, hostile, policies, framed, keyboard, behaviour, views, wording, seeing, payload]) {
    try {
      await part(browser, pages);
    } catch (error) {
      claim(`${part.name}: runs to its end (${error.message.split('\n')[0]})`, false);
    }
  }
} finally {
  await browser.close();
  pages.close();
}
process.exit(sum() ? 0 : 1);
