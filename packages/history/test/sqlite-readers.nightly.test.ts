import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { GroupCommit, type History, openHistory } from '../src/index.ts';
import { draft, range } from './contract/store.ts';
import { percentile } from './percentile.ts';

const MESSAGES = 1_000_000;
const BATCH = 2_000;
const READERS = 300;

/** As streams read what their readers missed (broadcast-sse/src/replay.ts). */
const PAGE_EVENTS = 500;
const PAGE_BYTES = 256 * 1024;

/** Others do not wait longer meanwhile, 99 times of 100, ms. */
const P99_MS = 500;

/** Between two calls of one caller, ms. */
const PAUSE_MS = 10;

const CHANNEL = 'long';

describe('a channel of a million messages on SQLite', () => {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-readers-'));
  let history: History;
  beforeAll(async () => {
    history = await openHistory(`sqlite:${directory}`);
    for (let first = 1; first <= MESSAGES; first += BATCH) {
      await history.append(range(first, first + BATCH - 1).map((n) => draft(CHANNEL, bodyOf(n))));
    }
  });
  afterAll(async () => {
    await history?.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('gives 300 readers that return each exactly what it missed, and lets nobody else wait long', async () => {
    const commit = new GroupCommit(history);
    let posted = MESSAGES;
    let reading = true;
    const times = { post: [] as number[], page: [] as number[], ping: [] as number[] };
    const calling = async (kind: keyof typeof times, call: () => Promise<unknown>) => {
      while (reading) {
        const start = performance.now();
        await call();
        times[kind].push(performance.now() - start);
        await sleep(PAUSE_MS);
      }
    };
    const others = [
      ...range(1, 5).map(() =>
        calling('post', async () => {
          const answer = await commit.append(draft(CHANNEL, 'meanwhile'));
          if (answer.outcome === 'created') posted = Math.max(posted, answer.message.seq);
        }),
      ),
      calling('page', () => history.messages(CHANNEL, { limit: 50 })),
      calling('page', () => history.messages(CHANNEL, { before: 500_000, limit: 50 })),
      calling('ping', () => history.ping()),
    ];
    const read = async (cursor: number) => {
      let at = cursor;
      for (;;) {
        const events = await history.after(CHANNEL, at, PAGE_EVENTS, PAGE_BYTES);
        if (events.length === 0) return at;
        for (const event of events) {
          at += 1;
          // An expectation for each would take most of the time.
          if (event.seq === at && (at > MESSAGES || ('body' in event && event.body === bodyOf(at)))) continue;
          throw new Error(`after ${cursor} came ${event.seq} in the place of ${at}`);
        }
      }
    };
    const cursors = range(1, READERS).map(cursorOf);
    expect(new Set(cursors).size).toBe(READERS);
    const heads = await Promise.all(cursors.map(read));
    reading = false;
    await Promise.all(others);
    for (const head of heads) expect(head).toBeGreaterThanOrEqual(MESSAGES);
    expect(await read(MESSAGES)).toBe(posted);
    for (const kind of Object.values(times)) expect(kind.length).toBeGreaterThan(100);
    const p99 = Object.entries(times).map(([kind, all]) => [kind, percentile(all, 0.99)] as const);
    for (const [kind, ms] of p99) expect(ms, kind).toBeLessThan(P99_MS);
  }, 600_000);
});

const bodyOf = (seq: number): string => `message ${seq} of a long channel`;

/** Most have missed little and some much, up to all of it. */
function cursorOf(reader: number): number {
  return Math.max(0, MESSAGES - reader * 20 - Math.round(MESSAGES * (reader / READERS) ** 40));
}
