// What a console is there for: a service with sources of every state, and with something in every list.

import { createServer } from 'node:http';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** So many records a source has before most of them are gone, and so many then. */
const WHOLE = 100;
const SHRUNK = 40;
const POLL_MS = 200;
const MOST_POLLS = 150;
/** More slowly a harvest would give it up. */
const DRIP_MS = 500;
const DRIP_BYTES = 2_000;

/** The text of a source that is a file. */
const file = (id, where, more = '') => `id = "${id}"
name = "Posters of ${id}"
organisation = "Example Society"
homepage = "https://${id}.example/"
licence = "cc-by-4.0"
kind = "json"
${more}
[where]
${where}

[mapping]
identifier = "/id"
title = "/title"
url = "/url"
subjects = "/subjects"
levels = "/levels"
`;

/** The text of a source as somebody types it into the console; at an address where nobody answers. */
export const typed = (id, kind = 'json') => file(id, `url = "https://${id}.example/items.json"`).replace('kind = "json"', `kind = "${kind}"`);

const record = (id, number) => ({
  id: number, title: `Poster ${number} of ${id}`, url: `https://${id}.example/${number}`, subjects: ['Chemistry', 'Sudsology'], levels: ['KS3'],
});

/** A source with all its records, or with those that are left. */
export function write(service, id, isShrunk = false) {
  const number = isShrunk ? SHRUNK : WHOLE;
  writeFileSync(join(service.sources, `${id}.json`), JSON.stringify(Array.from({ length: number }, (_, place) => record(id, place))));
}

/** Answers a catalogue that goes on for as long as somebody reads it; its source allows an hour for that. */
function drip(request, response) {
  if (request.url === '/robots.txt') {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': 'application/json' }).write('[');
  const dripping = setInterval(() => response.write(' '.repeat(DRIP_BYTES)), DRIP_MS);
  response.once('close', () => clearInterval(dripping));
}

/** Sources of the console’s own: one that will be held, one whose file is not there, one that never ends, and those of the walks. */
export async function writeSources(service, walked) {
  for (const id of ['held', ...walked]) {
    writeFileSync(join(service.sources, `${id}.toml`), file(id, `file = "${id}.json"`, id === 'held' ? '' : 'enabled = false'));
    write(service, id);
  }
  writeFileSync(join(service.sources, 'absent.toml'), file('absent', 'file = "absent.json"'));
  const endless = createServer(drip).listen(0, '127.0.0.1');
  await new Promise((done) => endless.once('listening', done));
  const where = `url = "http://127.0.0.1:${endless.address().port}/items.json"`;
  writeFileSync(join(service.sources, 'endless.toml'), `${file('endless', where)}\n[limits]\ntimeout_s = 3600\n[access]\nallow_private = true\n`);
  return endless;
}

/** The admin API of a service, for who holds a token. */
export class Api {
  constructor(service, token) {
    this.service = service;
    this.token = token;
  }

  async call(method, path, body, expected = true) {
    const headers = { authorization: `Bearer ${this.token}`, 'content-type': 'application/json' };
    const answer = await fetch(`${this.service.origin}${path}`, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (expected && !answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 200)}`);
    return text ? JSON.parse(text) : null;
  }

  get(path) {
    return this.call('GET', `/admin/v1${path}`);
  }

  post(path, body = {}) {
    return this.call('POST', `/admin/v1${path}`, body);
  }

  /** Waits until what is asked for at `path` is so. */
  async until(path, isSo) {
    for (let polls = 0; polls < MOST_POLLS; polls += 1) {
      const answer = await this.get(path);
      if (isSo(answer)) return answer;
      await new Promise((done) => setTimeout(done, POLL_MS));
    }
    throw new Error(`${path} never comes to be so`);
  }

  /** Harvests a source, and waits for the end. */
  async harvest(id) {
    const { id: job } = await this.post(`/sources/${id}/harvests`);
    return this.until(`/jobs/${job}`, ({ state }) => !['queued', 'running'].includes(state));
  }
}

/** Puts something into every list; the ids of what has a page of its own. */
export async function fill(api) {
  const { service } = api;
  await api.harvest('held');
  write(service, 'held', true);
  await api.harvest('held');
  await api.harvest('absent');
  const [held] = (await api.get('/sources/held/harvests')).results;
  const [failed] = (await api.get('/sources/absent/harvests')).results;
  const { results } = await api.call('GET', '/v1/resources?source=held&fields=id,title&facets=none&per_page=100');
  // Those that stay.
  const [one, other, third, fourth] = results.filter(({ title }) => Number(/\d+/.exec(title)) < SHRUNK).map(({ id }) => id);
  await api.call('POST', '/v1/reports', { resource: one, kind: 'wrong-detail', detail: 'The date is of last year. <b>Please</b> put it right.' });
  await api.call('POST', '/v1/reports', { resource: other, kind: 'dead-link' });
  const { results: reports } = await api.get('/reports?state=open');
  await api.post(`/reports/${reports[0].reference}/outcome`, { state: 'fixed', outcome: 'It is put right.' });
  const decided = await api.post(`/resources/${third}/curations`, { decision: { kind: 'merge', into: one }, why: 'the same poster' });
  await api.post(`/resources/${fourth}/curations`, { decision: { kind: 'hide', reason: 'it sells something' }, why: 'a teacher wrote' });
  const expires = new Date(Date.now() + 90 * 86_400_000).toISOString().slice(0, 10);
  const pin = await api.post('/pins', { query: 'poster', action: 'pin', resource: one, owner: 'Ada', reason: 'the week of chemistry', expires });
  const word = await api.post('/words', { field: 'subject', word: 'Sudsology', concepts: ['chemistry'] });
  await api.call('POST', '/v1/partners', { name: 'Example School Trust', contact: 'the office, office@example.org' });
  await api.call('PUT', '/admin/v1/views/soap', { title: 'Soap and glass', filters: { subject: ['chemistry'] } });
  const [partner] = (await api.get('/partners')).results;
  await api.post('/reindex');
  await api.until('/jobs', ({ results }) => results.every(({ state }) => !['queued', 'running'].includes(state)));
  await api.post('/index/check');
  const endless = await api.post('/sources/endless/harvests');
  await api.until(`/jobs/${endless.id}`, ({ state }) => state === 'running');
  const [running] = (await api.until('/sources/endless/harvests', ({ results }) => results.length > 0)).results;
  const [edge] = (await api.get('/sources/hostile/harvests')).results;
  return {
    held: held.id, failed: failed.id, problems: edge.id, running: running.id, job: endless.id, one, other,
    decided: decided.id, pin: pin.id, word: word.id, partner: partner.id, key: partner.keys[0].id,
    token: (await api.get('/tokens')).results[0].id,
  };
}
