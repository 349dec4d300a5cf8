import type { Identity } from '@carillon/protocol';
import { beforeEach, describe, expect, it } from 'vitest';
import { EXPIRY_TICK_MS } from '../src/expiry.ts';
import { Hub } from '../src/hub.ts';
import { SLICE_VISITS } from '../src/slices.ts';
import { createStream } from '../src/stream.ts';
import { ANYBODY, ListSink } from './support/list-sink.ts';
import { ManualClock } from './support/manual-clock.ts';
import { MemoryHistory } from './support/memory-history.ts';

let clock: ManualClock;
let hub: Hub;
let history: MemoryHistory;

beforeEach(() => {
  clock = new ManualClock();
  history = new MemoryHistory();
  hub = new Hub({ history, clock });
});

const ada: Identity = {
  ...ANYBODY.identity,
  kind: 'person',
  author: { id: 'ada', name: 'Ada' },
  session: 's1',
};

async function read(identity: Identity): Promise<ListSink> {
  const sink = new ListSink();
  sink.stream = createStream(sink, { identity, quota: undefined });
  hub.attach(sink.stream, { channels: ['lobby'], since: { kind: 'latest' } });
  await clock.settle();
  return sink;
}

/** Lets time pass, tick by tick. */
async function pass(ms: number): Promise<void> {
  for (let left = ms; left > 0; left -= EXPIRY_TICK_MS) {
    await clock.pass(Math.min(left, EXPIRY_TICK_MS));
    await hub.endExpired();
  }
}

describe('a stream with a maximum age', () => {
  const MAX_AGE_MS = 100_000;

  beforeEach(() => {
    hub = new Hub({ history, clock, maxAgeMs: MAX_AGE_MS });
  });

  it('ends at 80 to 100 % of it, as by a drain, each at a different time', async () => {
    const readers: ListSink[] = [];
    for (let index = 0; index < 50; index++) readers.push(await read(ada));
    const open = () => readers.filter((reader) => !reader.ended).length;
    await pass(0.8 * MAX_AGE_MS);
    expect(open()).toBe(50);
    await pass(0.1 * MAX_AGE_MS);
    expect(open()).toBeGreaterThan(0);
    expect(open()).toBeLessThan(50);
    await pass(0.1 * MAX_AGE_MS + 2 * EXPIRY_TICK_MS);
    expect(open()).toBe(0);
    for (const reader of readers) {
      expect(reader.named('drain')).toEqual([{ data: { retry: expect.any(Number) } }]);
      expect(reader.over).toBe(false);
    }
    expect(hub.ended).toMatchObject({ age: 50, drain: 0 });
  });

  it('ends with its identity if that comes first, and says so', async () => {
    const reader = await read({ ...ada, expiresAt: clock.now() + 1_000 });
    await pass(2_000);
    expect(reader.named('denied')).toHaveLength(1);
    expect(reader.over).toBe(true);
    expect(hub.ended).toMatchObject({ age: 0, expired: 1 });
  });
});

describe('a stream whose identity expires', () => {
  it('opens with the reader’s identity and its expiry, and an anonymous stream with neither', async () => {
    const expiresAt = clock.now() + 60_000;
    const reader = await read({ ...ada, expiresAt });
    expect(reader.named('open')[0]?.data).toMatchObject({
      you: { id: 'ada', name: 'Ada' },
      expiresAt: new Date(expiresAt).toISOString(),
    });
    const stranger = await read(ANYBODY.identity);
    expect(stranger.named('open')[0]?.data).not.toHaveProperty('you');
    expect(stranger.named('open')[0]?.data).not.toHaveProperty('expiresAt');
  });

  it('ends with denied at that time, not earlier, and others go on', async () => {
    const [soon, later, never] = [
      await read({ ...ada, expiresAt: clock.now() + 3_333 }),
      await read({ ...ada, expiresAt: clock.now() + 60_000 }),
      await read(ada),
    ];
    await pass(3_250);
    expect(soon.ended).toBe(false);
    await pass(500);
    expect(soon.ended).toBe(true);
    expect(soon.named('denied')).toEqual([{ data: { reason: 'expired', detail: expect.any(String) } }]);
    expect(hub.streams).toBe(2);
    hub.receive('lobby', history.commit('lobby', 1));
    await clock.settle();
    expect([soon, later, never].map((reader) => reader.seqs('lobby'))).toEqual([[], [1], [1]]);
    await pass(60_000);
    expect([later.ended, never.ended]).toEqual([true, false]);
  });

  it('ends at once if it opened after that time', async () => {
    const late = await read({ ...ada, expiresAt: clock.now() - 10_000 });
    await pass(2 * EXPIRY_TICK_MS);
    expect(late.named('denied')).toHaveLength(1);
  });

  it('ends as well if the clock jumps over that time by a year', async () => {
    const readers = [
      await read({ ...ada, expiresAt: clock.now() + 1_000 }),
      await read({ ...ada, expiresAt: clock.now() + 1e9 }),
    ];
    await clock.pass(365 * 24 * 60 * 60 * 1_000);
    await hub.endExpired();
    expect(readers.map(({ ended }) => ended)).toEqual([true, true]);
    expect(hub.streams).toBe(0);
  });

  it('of thousands that end together end in slices, and others are served in between', async () => {
    const expiresAt = clock.now() + 1_000;
    const readers = [];
    for (let index = 0; index < 2 * SLICE_VISITS + 1; index++)
      readers.push(await read({ ...ada, expiresAt }));
    await clock.pass(2_000);
    const ended = hub.endExpired();
    expect(readers.filter((reader) => reader.ended).length).toBe(SLICE_VISITS);
    await clock.settle();
    await ended;
    expect(hub.streams).toBe(0);
  });

  it('does not end twice if it left before, and leaves nothing behind', async () => {
    const gone = await read({ ...ada, expiresAt: clock.now() + 1_000 });
    const other = await read({ ...ada, expiresAt: clock.now() + 1_000 });
    hub.detach(gone.stream);
    await pass(2_000);
    expect([gone.ended, other.ended]).toEqual([false, true]);
    expect(hub.streams).toBe(0);
  });

  it('is cut without an event if it takes no more bytes', async () => {
    const stuck = await read({ ...ada, expiresAt: clock.now() + 1_000 });
    stuck.stream.writable = false;
    await pass(2_000);
    expect([stuck.ended, stuck.named('denied')]).toEqual([true, []]);
  });

  it('ends as well while it waits for the store', async () => {
    history.away = true;
    const waiting = await read({ ...ada, expiresAt: clock.now() + 1_000 });
    await pass(2_000);
    expect(waiting.named('denied')).toHaveLength(1);
    history.away = false;
    await hub.poll();
    await clock.settle();
    expect(waiting.named('open')).toEqual([]);
    expect(hub.streams).toBe(0);
  });
});
