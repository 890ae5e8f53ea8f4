// What is harvested besides the catalogues that ship: a source that means harm, and one of three hundred publishers.
//
//   node sources.mjs --into DIR [--suites DIR] [--every N]
//
// Both are made when the tests run, into DIR: the payloads are the suites' own, and none of their lines is kept here.
// With --every only each so-manieth payload is taken. What was taken stands in DIR/payloads.json.

import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PAYLOADS } from './answers.mjs';

const { values: options } = parseArgs({
  options: { into: { type: 'string' }, suites: { type: 'string' }, every: { type: 'string', default: '1' } },
});
if (!options.into) {
  console.error('usage: node sources.mjs --into DIR [--suites DIR] [--every N]');
  process.exit(2);
}
const SUITES = ['xss-payloads', 'xss-dompurify'];
const PUBLISHERS = 300;

/** The payloads of the suites, each once; of a suite that is not there, none. */
function ofSuites() {
  const found = new Set();
  for (const suite of SUITES) {
    const file = join(options.suites ?? '/nowhere', suite, 'cases.jsonl');
    if (!existsSync(file)) {
      console.error(`no ${suite} in the suites, so it is left out`);
      continue;
    }
    for (const line of readFileSync(file, 'utf8').split('\n').filter(Boolean)) {
      const { s, payload } = JSON.parse(line);
      found.add(payload ?? s);
    }
  }
  return [...found].filter((_, place) => place % Number(options.every) === 0);
}

const escaped = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

/** A record in which every text is the payload. The number keeps it apart from others that are like it. */
const filled = (payload, id, url) => ({
  id, url, title: `${payload} ${id}`, description: `${id}: ${payload}\n\n${payload}`, creators: [payload], publisher: payload,
  keywords: [payload, `${payload} ${id}`], image: payload, other: payload, level: payload, subject: payload, type: payload,
  place: payload, closed: payload, language: payload, licence: payload,
});

/** Each payload three times: as it is, as a text that becomes it when HTML is read, and as identifier and address. */
function hostile(payloads) {
  const address = (id, payload) => `https://hostile.example/${id}?x=${encodeURIComponent(payload.toWellFormed())}#${encodeURIComponent(payload.toWellFormed())}`;
  return payloads.flatMap((payload, place) => [
    filled(payload, `raw-${place}`, address(`raw-${place}`, payload)),
    filled(escaped(payload), `escaped-${place}`, address(`escaped-${place}`, payload)),
    { ...filled(escaped(payload), payload, payload), title: `address ${place} ${escaped(payload)}` },
  ]);
}

const HOSTILE = `id = "hostile"
name = "Hostile <img src=x onerror=window.__xss++> \\"quoted\\" & source"
organisation = "<script>window.__xss++</script> Society"
homepage = "https://hostile.example/"
licence = "cc-by-4.0"
kind = "json"

[where]
file = "hostile.json"

[mapping]
identifier = "/id"
title = "/title"
alternative_titles = "/other"
url = "/url"
same_as = "/other"
description = "/description"
creators = "/creators"
publisher = "/publisher"
keywords = "/keywords"
topics = "/other"
image = "/image"
levels = "/level"
subjects = "/subject"
resource_types = "/type"
place = "/place"
closed = "/closed"
language = "/language"
licence = "/licence"
`;

const CROWD = `id = "crowd"
name = "Three hundred publishers"
organisation = "Example Society"
homepage = "https://crowd.example/"
licence = "cc-by-4.0"
kind = "json"

[where]
file = "crowd.json"

[mapping]
identifier = "/id"
title = "/title"
url = "/url"
description = "/description"
publisher = "/publisher"
subjects = "/subjects"
levels = "/levels"
resource_types = "/types"
`;

/** One resource of each publisher, spread over a few subjects, levels and types. */
function crowd() {
  const subjects = ['Chemistry', 'Physics', 'Biology', 'Mathematics', 'Engineering'];
  const levels = ['KS3', 'KS4', 'KS5'];
  const types = ['video', 'lesson plan', 'job profile', 'poster'];
  return Array.from({ length: PUBLISHERS }, (_, place) => ({
    id: `crowd-${place}`, url: `https://crowd.example/${place}`, title: `Careers sheet ${place} of trade ${place * 7919}`,
    description: `What number ${place * 104729} of the trades does from Monday to Friday.`,
    publisher: `Institute of Trade ${place}`, subjects: [subjects[place % 5]], levels: [levels[place % 3]], types: [types[place % 4]],
  }));
}

const payloads = [...PAYLOADS, ...ofSuites()];
mkdirSync(options.into, { recursive: true });
const write = (name, text) => writeFileSync(join(options.into, name), text);
write('payloads.json', JSON.stringify(payloads));
write('hostile.toml', HOSTILE);
write('hostile.json', JSON.stringify(hostile(payloads)));
write('crowd.toml', CROWD);
write('crowd.json', JSON.stringify(crowd()));
console.log(`${payloads.length} payloads, in ${payloads.length * 3} records`);
