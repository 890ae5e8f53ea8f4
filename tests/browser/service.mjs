// A service of a test's own, on a copy of the store that was harvested: one to be asked too much, to be broken, or to be
// looked at a month later.

import { spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { own } from './settings.mjs';

const START_TRIES = 120;
const TRY_MS = 250;

/** A port that nobody listens on. */
const freePort = () => new Promise((done) => {
  const server = createServer().listen(0, '127.0.0.1', () => {
    const { port } = server.address();
    server.close(() => done(port));
  });
});

const later = (ms) => new Promise((done) => setTimeout(done, ms));

/** Whether tests can start one. */
export const canServe = Boolean(own.binary && own.store);

export class Service {
  constructor() {
    this.folder = mkdtempSync(join(tmpdir(), 'signpost-browser-'));
    cpSync(own.store, join(this.folder, 'store'), { recursive: true });
    // Sources of a test's own, beside those of all.
    this.sources = join(this.folder, 'sources');
    mkdirSync(this.sources);
  }

  /** With what the program runs: sources that a test writes into the folder of its own are found. */
  env() {
    return { ...process.env, SIGNPOST_SOURCES: [process.env.SIGNPOST_SOURCES, this.sources].filter(Boolean).join(':') };
  }

  /** Runs a command of the program on the same store, beside the service or before it; what it prints. */
  run(...words) {
    const { stdout, stderr, error } = spawnSync(own.binary, [...words, '--data-dir', join(this.folder, 'store')], { env: this.env(), encoding: 'utf8' });
    if (error || !stdout) throw new Error(`signpost ${words.join(' ')}: ${error ?? stderr}`);
    return stdout.trim();
  }

  /** Starts it, `days` from now where that is given, with the limits that a configuration gives. */
  async start({ days = 0, limits = null } = {}) {
    this.origin = `http://127.0.0.1:${await freePort()}`;
    const config = join(this.folder, 'signpost.toml');
    writeFileSync(config, limits ? `[limits]\n${limits}\n` : '');
    const words = ['serve', '--listen', new URL(this.origin).host, '--data-dir', join(this.folder, 'store'), '--config', config, '--rate-limit', limits ? 'on' : 'off'];
    const [program, ...before] = days ? ['faketime', '-f', `+${days}d`, own.binary] : [own.binary];
    // What waits counts from a clock that nobody set.
    const env = { ...this.env(), FAKETIME_DONT_FAKE_MONOTONIC: '1', DONT_FAKE_MONOTONIC: '1' };
    this.process = spawn(program, [...before, ...words], { env, stdio: 'ignore', detached: true });
    this.ended = new Promise((done) => this.process.once('exit', done));
    this.process.once('error', () => {});
    for (let tries = 0; tries < START_TRIES; tries += 1) {
      if (await fetch(`${this.origin}/readyz`).then((answer) => answer.ok, () => false)) return this;
      await later(TRY_MS);
    }
    throw new Error(`no service started with ${program}`);
  }

  /** Ends it as a system would: what it counted is written. */
  async stop() {
    // With all that stands between: faketime passes no signal on.
    process.kill(-this.process.pid, 'SIGTERM');
    await this.ended;
  }

  /** Makes its store unreadable while it runs. */
  spoil() {
    const store = join(this.folder, 'store');
    for (const name of readdirSync(store).filter((name) => /\.db(-wal)?$/.test(name))) {
      writeFileSync(join(store, name), Buffer.alloc(readFileSync(join(store, name)).length, 0xff));
    }
  }

  /** Ends it, and nothing is left. */
  async remove() {
    if (this.process?.exitCode === null && this.process.signalCode === null) await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
