import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Message, ResetEvent } from '@carillon/protocol';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { eventually } from '../eventually.ts';
import { postgresInstalled, query, startPostgres } from '../servers/postgres.ts';
import { startStandalone } from '../servers/standalone.ts';
import { Api, seqs, upTo } from './api.ts';
import { Application } from './application.ts';
import { type Follower, follow, messagesOf } from './follower.ts';
import { openReader } from './reader.ts';

const run = promisify(execFile);

/** Kept over the loss of the machine, as the page says: short keys of people without a name count together with it. */
const SESSION_SECRET = 'a secret that was kept elsewhere';

const CHANNELS = ['b0', 'b1'];
const [FIRST = ''] = CHANNELS;
/** Posts to each channel before the dump, and at least as many after it; and by how many the new ones pass all that was there. */
const BEFORE = 60;
const LOST = 60;
const BEYOND = 20;

/** Between two posts of a writer, ms: the dump takes a second or several, and as many as are lost are posted again. */
const PAUSE_MS = 10;

/** Servers start and end in between, on a machine that does other work. */
const SLOW_MS = 600_000;
const WITHIN_MS = 90_000;
const soon = { timeout: WITHIN_MS, interval: 100 };

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-restored-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe.skipIf(!postgresInstalled)(
  'a dump that was made while people posted, restored on PostgreSQL',
  () => {
    it('has everything acknowledged before it, resets every reader for the rest, and goes on without a hole', {
      timeout: SLOW_MS,
    }, async () => {
      const postgres = await startPostgres();
      const url = await postgres.createDatabase();
      const first = await startStandalone({ env: { SESSION_SECRET, HISTORY_URL: url } });
      const { port } = first;
      const readers = [...CHANNELS.map((channel) => follow(port, [channel])), follow(port, CHANNELS)];
      const app = new Application(first.url, CHANNELS);
      onTestFinished(async () => {
        app.close();
        for (const reader of readers) await reader.close();
        await first.stop();
        await postgres.stop();
      });
      const writers = CHANNELS.map((channel) => new Writer(port, channel));

      await until(() => writers.every(({ answered }) => answered.length >= BEFORE));
      const certain = writers.map(({ answered }) => answered.length);
      await asPrinted('pg_dump', { HISTORY_URL: url });
      const gone = writers.map(({ answered }) => answered.length + 1);
      await until(() => writers.every(({ answered }, index) => answered.length >= (gone[index] ?? 0) + LOST));
      await Promise.all(writers.map((writer) => writer.stop()));
      const heads = writers.map(({ answered }) => answered.length);
      for (const [index, channel] of CHANNELS.entries())
        for (const reader of [readers[index], readers[2]])
          await expect
            .poll(() => messagesOf(reader?.arrivals ?? [], channel).length, soon)
            .toBeGreaterThanOrEqual(heads[index] ?? 0);
      const late = await cursorOf(first.url, FIRST, heads[0] ?? 0);

      // The machine is lost.
      await first.kill();
      await query(postgres.url, `drop database ${url.split('/').at(-1)} with (force)`);
      const known = readers.map(({ arrivals }) => arrivals.length);
      const restored = await postgres.createDatabase();
      await asPrinted('pg_restore', { RESTORED_URL: restored });
      const second = await startStandalone({ port, env: { SESSION_SECRET, HISTORY_URL: restored } });
      onTestFinished(() => second.stop());

      const api = new Api(port);
      for (const [index, channel] of CHANNELS.entries()) {
        const kept = await api.log(channel);
        expect(seqs(kept)).toEqual(upTo(kept.length));
        expect(kept.length).toBeGreaterThanOrEqual(certain[index] ?? 0);
        // The dump lacks what was posted while it finished. Readers must get a reset for that: this is what the test is about.
        expect(kept.length).toBeLessThan(heads[index] ?? 0);
        expect(kept.map(({ key }) => key)).toEqual(writers[index]?.answered.slice(0, kept.length));
        // A client that retries with the same key stores a lost message again, and no message twice.
        expect((await api.post(channel, 'x', writers[index]?.answered.at(-1))).status).toBe(201);
        expect((await api.post(channel, `post ${kept[0]?.key}`, kept[0]?.key)).status).toBe(200);
      }
      await Promise.all(
        CHANNELS.map(async (channel, index) => {
          for (let seq = 0; seq < (heads[index] ?? 0) + BEYOND; ) {
            const { status, text } = await api.post(channel, 'anew');
            expect(status).toBe(201);
            seq = (JSON.parse(text) as Message).seq;
          }
        }),
      );

      for (const [index, channel] of CHANNELS.entries()) {
        const log = await api.log(channel);
        expect(log.length).toBeGreaterThan(heads[index] ?? 0);
        await carriesOn(readers[index] as Follower, known[index] ?? 0, channel, api);
        await carriesOn(readers[2] as Follower, known[2] ?? 0, channel, api);
        await expect.poll(() => app.bodies(channel), soon).toEqual(log.map(({ body }) => body));
        expect(app.resets.filter((reset) => reset.channel === channel)).toMatchObject([{ reason: 'epoch' }]);
      }

      // Its cursor names a seq that there is again, of another message.
      const back = openReader({
        port,
        path: `/v1/channels/${FIRST}/stream`,
        headers: { 'Last-Event-ID': late },
      });
      const told = () => back.events.find(({ name }) => name === 'reset')?.data ?? '{}';
      await expect.poll(() => JSON.parse(told()), soon).toMatchObject({ channel: FIRST, reason: 'epoch' });

      back.close();
      api.close();
    });
  },
);

describe('a copy of the data directory, put back', () => {
  it('is recognised by readers as a copy, and goes on', { timeout: SLOW_MS }, async () => {
    const server = await startStandalone();
    const { dataDir, port } = server;
    const api = new Api(port);
    const post = async (count: number, body: string) => {
      for (let done = 0; done < count; done++) expect((await api.post(FIRST, body)).status).toBe(201);
    };
    const backup = `${dataDir}.backup`;
    const reader = follow(port, [FIRST]);
    onTestFinished(async () => {
      await reader.close();
      api.close();
      await server.stop();
      rmSync(backup, { recursive: true, force: true });
    });
    await post(5, 'kept');
    await server.stop();
    await run('bash', ['-c', printed('cp').replaceAll(/\bdata\b/g, dataDir)]);
    await server.restart();
    await post(5, 'lost');
    await expect.poll(() => reader.arrivals.length, soon).toBe(10);
    // A stop and a start are no copy.
    expect(reader.others.filter(({ name }) => name === 'reset')).toEqual([]);

    await server.stop();
    rmSync(dataDir, { recursive: true });
    cpSync(backup, dataDir, { recursive: true, preserveTimestamps: true });
    await server.restart();
    await post(10, 'anew');
    expect((await api.log(FIRST)).map(({ body }) => body)).toEqual([
      ...Array(5).fill('kept'),
      ...Array(10).fill('anew'),
    ]);
    await carriesOn(reader, 10, FIRST, api);

    // A disk that is rolled back leaves no trace, so the operator says so by hand.
    const before = await cursorOf(server.url, FIRST, 15);
    await server.restart();
    expect(await cursorOf(server.url, FIRST, 15)).toBe(before);
    await server.stop();
    await run('bash', ['-c', printed('cd').replaceAll(/\bdata\b/g, dataDir)]);
    await server.restart();
    expect(await cursorOf(server.url, FIRST, 15)).not.toBe(before);
  });
});

/**
 * A reader that was told of the loss once, and has from then on what it was told: the pages at `history` before `from`, and by the
 * stream all from there. `known` arrivals are of the store before.
 */
async function carriesOn(reader: Follower, known: number, channel: string, api: Api): Promise<void> {
  const log = await api.log(channel);
  const resets = () =>
    reader.others
      .filter(({ name }) => name === 'reset')
      .map(({ data }) => JSON.parse(data) as ResetEvent)
      .filter((reset) => reset.channel === channel);
  await expect.poll(() => resets().map(({ reason }) => reason), soon).toEqual(['epoch']);
  const [{ from, history }] = resets() as [ResetEvent];
  const streamed = () => messagesOf(reader.arrivals.slice(known), channel);
  await expect.poll(() => streamed().length, soon).toBeGreaterThanOrEqual(log.length - from + 1);
  expect(streamed()).toEqual(log.slice(from - 1));
  const { status, text } = await api.call('GET', history);
  expect(status).toBe(200);
  expect(JSON.parse(text)).toHaveProperty('messages');
}

/** The one command of that name in docs/operate.md. */
function printed(command: string): string {
  const page = readFileSync(new URL('../../docs/operate.md', import.meta.url), 'utf8');
  const [line, ...others] = page.split('\n').filter((text) => text.startsWith(`${command} `));
  if (line === undefined || others.length > 0) throw new Error(`docs/operate.md has not one ${command}`);
  return line;
}

/** Runs it as it stands there. */
async function asPrinted(command: string, env: Record<string, string>): Promise<void> {
  await run('bash', ['-c', printed(command)], { cwd: folder, env: { ...process.env, ...env } });
}

async function until(holds: () => boolean): Promise<void> {
  await eventually('posts', holds, WITHIN_MS);
}

/** The cursor behind a seq, as a reader gets it. */
async function cursorOf(url: string, channel: string, seq: number): Promise<string> {
  const port = Number(new URL(url).port);
  const reader = openReader({ port, path: `/v1/channels/${channel}/stream?since=earliest` });
  await expect.poll(() => reader.lastEventId.endsWith(`.${seq}`), soon).toBe(true);
  reader.close();
  return reader.lastEventId;
}

/** Posts one message after the other to a channel that nobody else writes to: what was answered has seqs 1, 2, 3 … */
class Writer {
  readonly answered: string[] = [];
  readonly #running: Promise<void>;
  #stopping = false;

  constructor(port: number, channel: string) {
    this.#running = this.#post(new Api(port), channel);
  }

  async #post(api: Api, channel: string): Promise<void> {
    for (let count = 1; !this.#stopping; count++) {
      const key = `${channel}-${count}`;
      const { status } = await api.post(channel, `post ${key}`, key);
      expect(status).toBe(201);
      this.answered.push(key);
      await sleep(PAUSE_MS);
    }
    api.close();
  }

  stop(): Promise<void> {
    this.#stopping = true;
    return this.#running;
  }
}
