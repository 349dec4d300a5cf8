import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { LogMemory } from '../src/channel-log.ts';
import { HOLE_PATIENCE_MS } from '../src/feed.ts';
import { HEARTBEAT_MS, HEARTBEAT_TICK_MS } from '../src/heartbeat.ts';
import { Hub } from '../src/hub.ts';
import { SLICE_VISITS } from '../src/round.ts';
import type { Wish } from '../src/seating.ts';
import { ListSink } from './support/list-sink.ts';
import { ManualClock } from './support/manual-clock.ts';
import { MemoryHistory } from './support/memory-history.ts';

let history: MemoryHistory;
let clock: ManualClock;
let hub: Hub;

beforeEach(() => {
  history = new MemoryHistory();
  clock = new ManualClock();
  hub = new Hub(history, clock);
});

const count = (from: number, to: number) => Array.from({ length: to - from + 1 }, (_, index) => from + index);

async function read(channels: string | string[], wish: Partial<Wish> = {}): Promise<ListSink> {
  const sink = new ListSink();
  hub.attach(sink.stream, { channels: [channels].flat(), since: { kind: 'latest' }, ...wish });
  await clock.settle();
  return sink;
}

/** Commits and publishes, as a post does. */
async function post(channel: string, howMany = 1, body?: string): Promise<void> {
  hub.receive(channel, history.commit(channel, howMany, body));
  await clock.settle();
}

describe('a stream of one channel', () => {
  it('opens with where the channel stands, and with a cursor', async () => {
    history.commit('lobby', 3);
    const reader = await read('lobby');
    expect(reader.named('open')).toEqual([
      {
        data: { time: expect.any(String), channels: { lobby: { head: 3, earliest: 1, from: 4 } } },
        id: 'e1.3',
      },
    ]);
  });

  it('gets what is posted from then on, once and in order', async () => {
    history.commit('lobby', 3);
    const reader = await read('lobby');
    await post('lobby');
    await post('lobby', 2);
    expect(reader.seqs('lobby')).toEqual([4, 5, 6]);
    expect(reader.lastId).toBe('e1.6');
  });

  it('opens on a channel nobody has posted to', async () => {
    const reader = await read('fresh');
    expect(reader.named('open')[0]?.data).toMatchObject({
      channels: { fresh: { head: 0, earliest: 1, from: 1 } },
    });
    await post('fresh');
    expect(reader.seqs('fresh')).toEqual([1]);
  });

  it('goes on from its cursor, out of the log where that reaches back so far', async () => {
    const first = await read('lobby');
    await post('lobby', 10);
    const reads = history.reads;
    const second = await read('lobby', { cursor: 'e1.4' });
    expect(second.seqs('lobby')).toEqual(count(5, 10));
    expect(history.reads).toBe(reads);
    expect(first.seqs('lobby')).toEqual(count(1, 10));
  });

  it('goes on from its cursor, out of history where the log does not reach', async () => {
    history.commit('lobby', 1_700);
    const reader = await read('lobby', { cursor: 'e1.100' });
    expect(reader.seqs('lobby')).toEqual(count(101, 1_700));
  });

  it.each([
    [{ kind: 'earliest' }, 1],
    [{ kind: 'count', count: 4 }, 17],
    [{ kind: 'count', count: 400 }, 1],
    [{ kind: 'age', ms: 5_000 }, 16],
  ] as const)('starts by since %j', async (since, first) => {
    history.commit('lobby', 20);
    const reader = await read('lobby', { since });
    expect(reader.seqs('lobby')).toEqual(count(first, 20));
  });

  it('stays where a cursor from a faster node stands, until this node has come there', async () => {
    await read('lobby');
    history.commit('lobby', 5);
    const reader = await read('lobby', { cursor: 'e1.3' });
    expect(reader.named('reset')).toEqual([]);
    await clock.pass(HOLE_PATIENCE_MS);
    expect(reader.seqs('lobby')).toEqual([4, 5]);
  });
});

describe('a loss is said in the stream', () => {
  it.each([
    ['e2.3', 'epoch'],
    ['e1.99', 'ahead'],
    ['e1.1,2', 'unreadable'],
    ['nonsense', 'unreadable'],
    ['e1.abc.1,2', 'channels'],
  ])('with the cursor %s', async (cursor, reason) => {
    history.commit('lobby', 5);
    const reader = await read('lobby', { cursor });
    expect(reader.named('reset').map(({ data }) => data)).toEqual([
      { channel: 'lobby', reason, from: 6, head: 5, history: '/v1/channels/lobby/messages?after=5' },
    ]);
    expect(reader.lastId).toBe('e1.5');
    await post('lobby');
    expect(reader.seqs('lobby')).toEqual([6]);
  });

  it('where history keeps only what came later', async () => {
    history.commit('lobby', 9);
    history.expire('lobby', 7);
    const reader = await read('lobby', { cursor: 'e1.2' });
    expect(reader.named('reset').map(({ data }) => data)).toMatchObject([
      { reason: 'expired', from: 7, head: 9 },
    ]);
    expect(reader.seqs('lobby')).toEqual([7, 8, 9]);
  });

  it('where events expire while a slow reader is still behind', async () => {
    history.commit('lobby', 1_200);
    const reader = new ListSink();
    reader.room = 2;
    hub.attach(reader.stream, { channels: ['lobby'], since: { kind: 'earliest' } });
    await clock.settle();
    expect(reader.seqs('lobby')).toEqual(count(1, 500));
    history.expire('lobby', 901);
    reader.room = 99;
    hub.drained(reader.stream);
    await clock.settle();
    expect(reader.named('reset').map(({ data }) => data)).toMatchObject([{ reason: 'expired', from: 901 }]);
    expect(reader.seqs('lobby')).toEqual([...count(1, 500), ...count(901, 1_200)]);
  });
});

describe('a stream of several channels', () => {
  it('has one cursor for all of them, in a block of its own after each write', async () => {
    history.commit('a', 2);
    const reader = await read(['b', 'a']);
    await post('b', 3);
    await post('a');
    expect(reader.seqs('a')).toEqual([3]);
    expect(reader.seqs('b')).toEqual([1, 2, 3]);
    expect(reader.events.filter(({ event, id }) => event === undefined && id !== undefined)).toEqual([]);
    expect(reader.lastId).toMatch(/^e1\.[a-z0-9]+\.3,3$/);

    const again = await read(['a', 'b'], { cursor: reader.lastId });
    await post('a');
    expect(again.named('reset')).toEqual([]);
    expect(again.seqs('a')).toEqual([4]);
    expect(again.seqs('b')).toEqual([]);
  });

  it('goes on in each channel from where it was', async () => {
    history.commit('a', 600);
    history.commit('b', 700);
    const first = await read(['a', 'b'], { since: { kind: 'count', count: 1 } });
    history.commit('a', 800);
    history.commit('b', 900);
    const second = await read(['a', 'b'], { cursor: first.lastId });
    await hub.poll();
    await clock.pass(HOLE_PATIENCE_MS);
    expect(second.seqs('a')).toEqual(count(601, 1_400));
    expect(second.seqs('b')).toEqual(count(701, 1_600));
  });

  it('is told of another list of channels than its cursor was for', async () => {
    const first = await read(['a', 'b']);
    const second = await read(['a', 'c'], { cursor: first.lastId });
    expect(second.named('reset').map(({ data }) => [data.channel, data.reason])).toEqual([
      ['a', 'channels'],
      ['c', 'channels'],
    ]);
  });
});

describe('what the bus does to a channel', () => {
  it('repeats and reorders: nobody notices', async () => {
    const reader = await read('lobby');
    const [one, two, three] = history.commit('lobby', 3).map((message) => [message]);
    hub.receive('lobby', three ?? []);
    hub.receive('lobby', one ?? []);
    hub.receive('lobby', one ?? []);
    hub.receive('lobby', two ?? []);
    hub.receive('lobby', three ?? []);
    await clock.settle();
    expect(reader.seqs('lobby')).toEqual([1, 2, 3]);
    expect(history.reads).toBe(0);
  });

  it('loses an event: it is read from history, after a moment', async () => {
    const reader = await read('lobby');
    const messages = history.commit('lobby', 3);
    hub.receive('lobby', messages.slice(0, 1));
    hub.receive('lobby', messages.slice(2));
    await clock.settle();
    expect(reader.seqs('lobby')).toEqual([1]);
    await clock.pass(HOLE_PATIENCE_MS);
    expect(reader.seqs('lobby')).toEqual([1, 2, 3]);
  });

  it('loses the last events, and they expire: the reader is told, and goes on with what is kept', async () => {
    const reader = await read('lobby');
    await post('lobby', 2);
    history.commit('lobby', 5);
    history.expire('lobby', 8);
    await hub.poll();
    await clock.pass(HOLE_PATIENCE_MS);
    expect(reader.named('reset').map(({ data }) => data)).toMatchObject([{ reason: 'expired', from: 8 }]);
    await post('lobby');
    expect(reader.seqs('lobby')).toEqual([1, 2, 8]);
    const reads = history.reads;
    await hub.poll();
    await clock.pass(HOLE_PATIENCE_MS);
    expect(history.reads).toBe(reads);
  });

  it('loses the last event: the next question to the store brings it', async () => {
    const reader = await read('lobby');
    history.commit('lobby', 1_234);
    await hub.poll();
    await clock.pass(HOLE_PATIENCE_MS);
    expect(reader.seqs('lobby')).toEqual(count(1, 1_234));
  });

  it('brings events before the store has said where the channel stands', async () => {
    history.commit('lobby', 5);
    const reader = new ListSink();
    hub.attach(reader.stream, { channels: ['lobby'], since: { kind: 'count', count: 1 } });
    hub.receive('lobby', history.commit('lobby'));
    await clock.settle();
    await clock.pass(HOLE_PATIENCE_MS);
    expect(reader.seqs('lobby')).toEqual([6]);
    await post('lobby');
    expect(reader.seqs('lobby')).toEqual([6, 7]);
  });

  it('tells of an event the store does not have: it is left out, and what follows is not held up', async () => {
    const reader = await read('lobby');
    const [message] = history.commit('lobby');
    hub.receive('lobby', [{ ...(message as NonNullable<typeof message>), seq: 9 }]);
    await clock.pass(HOLE_PATIENCE_MS);
    await post('lobby');
    await hub.poll();
    await clock.pass(HOLE_PATIENCE_MS);
    expect(reader.seqs('lobby').slice(0, 2)).toEqual([1, 2]);
  });
});

describe('a slow reader', () => {
  it('is skipped while it is full, costs the others nothing, and takes up from its cursor', async () => {
    const [slow, fast] = [await read('lobby'), await read('lobby')];
    slow.room = 1;
    for (let posts = 0; posts < 5; posts++) await post('lobby');
    expect(fast.seqs('lobby')).toEqual(count(1, 5));
    expect(slow.seqs('lobby')).toEqual([1]);
    slow.room = 99;
    hub.drained(slow.stream);
    await clock.settle();
    expect(slow.seqs('lobby')).toEqual(count(1, 5));
  });

  it('is served from history once the log has moved on', async () => {
    hub = new Hub(history, clock, new LogMemory(8 * 1024));
    const slow = await read('lobby');
    slow.room = 1;
    for (let posts = 0; posts < 50; posts++) await post('lobby', 1, 'x'.repeat(1_000));
    expect(hub.logBytes).toBeLessThanOrEqual(8 * 1024);
    slow.room = 1_000;
    hub.drained(slow.stream);
    await clock.settle();
    expect(slow.seqs('lobby')).toEqual(count(1, 50));
    expect(hub.replay.reads).toBeGreaterThan(0);
  });

  it('that has left is not written to any more', async () => {
    const reader = await read('lobby');
    hub.detach(reader.stream);
    hub.detach(reader.stream);
    await post('lobby');
    expect(reader.seqs('lobby')).toEqual([]);
    expect(hub.streams).toBe(0);
  });
});

describe('a round', () => {
  it('writes the same bytes to all that stand at one place', async () => {
    const readers = [await read('lobby'), await read('lobby'), await read('lobby')];
    await post('lobby', 3);
    const last = readers.map(({ writes }) => writes.at(-1));
    expect(last[1]).toBe(last[0]);
    expect(last[2]).toBe(last[0]);
  });

  it('gives way after a slice of readers, and carries more to those who come later', async () => {
    const readers: ListSink[] = [];
    for (let index = 0; index < SLICE_VISITS * 2; index++) readers.push(await read('lobby'));
    hub.receive('lobby', history.commit('lobby'));
    clock.turn();
    const reached = () => readers.filter(({ events }) => events.length > 1).length;
    expect(reached()).toBe(SLICE_VISITS);
    hub.receive('lobby', history.commit('lobby'));
    clock.turn();
    expect(reached()).toBe(2 * SLICE_VISITS);
    expect(readers.at(-1)?.seqs('lobby')).toEqual([1, 2]);
    expect(readers[0]?.seqs('lobby')).toEqual([1]);
    await clock.settle();
    for (const reader of readers) expect(reader.seqs('lobby')).toEqual([1, 2]);
  });

  it('misses nobody when readers leave while it runs', async () => {
    const readers: ListSink[] = [];
    for (let index = 0; index < SLICE_VISITS * 2; index++) readers.push(await read('lobby'));
    hub.receive('lobby', history.commit('lobby'));
    clock.turn();
    const gone = readers.splice(0, 400);
    for (const { stream } of gone) hub.detach(stream);
    await clock.settle();
    for (const reader of readers) expect(reader.seqs('lobby')).toEqual([1]);
  });

  it('of live readers does not wait for thousands who catch up', { timeout: 90_000 }, async () => {
    history.commit('old', 2_000);
    const returned = Array.from({ length: SLICE_VISITS * 4 }, () => new ListSink());
    const live = await read('live');
    for (const { stream } of returned) {
      hub.attach(stream, { channels: ['old'], since: { kind: 'latest' }, cursor: 'e1.0' });
    }
    // The answers of the store come, and with them more are woken than a slice has visits.
    for (let turns = 0; turns < 4; turns++) {
      clock.turn();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
    hub.receive('live', history.commit('live'));
    clock.turn();
    clock.turn();
    expect(returned.some((reader) => reader.seqs('old').length < 2_000)).toBe(true);
    expect(live.seqs('live')).toEqual([1]);
    await clock.settle();
    for (const reader of returned) expect(reader.seqs('old').length).toBe(2_000);
  });

  it('of a small channel does not wait for the end of a large one', async () => {
    for (let index = 0; index < SLICE_VISITS * 4; index++) await read('large');
    const reader = await read('small');
    hub.receive('large', history.commit('large'));
    hub.receive('small', history.commit('small'));
    clock.turn();
    clock.turn();
    expect(reader.seqs('small')).toEqual([1]);
  });
});

describe('the return of many', () => {
  it('at one place costs one read of the store for each page', async () => {
    history.commit('lobby', 100);
    const readers = Array.from({ length: 1_000 }, () => new ListSink());
    for (const { stream } of readers) {
      hub.attach(stream, { channels: ['lobby'], since: { kind: 'latest' }, cursor: 'e1.0' });
    }
    await clock.settle();
    for (const reader of readers) expect(reader.seqs('lobby')).toEqual(count(1, 100));
    expect(history.reads).toBe(1);
  });
});

describe('while the store is away', () => {
  it('a new stream is told so and waits, then opens', async () => {
    history.commit('lobby', 2);
    history.away = true;
    const reader = await read('lobby', { since: { kind: 'earliest' } });
    expect(reader.named('heartbeat').map(({ data }) => data)).toMatchObject([{ history: 'away' }]);
    expect(reader.named('open')).toEqual([]);
    await hub.poll();
    await clock.settle();
    expect(reader.named('heartbeat')).toHaveLength(1);
    history.away = false;
    await hub.poll();
    await clock.settle();
    expect(reader.seqs('lobby')).toEqual([1, 2]);
    expect(hub.historyAway).toBe(false);
  });

  it('a new stream on a channel that is known here opens at once, and is told', async () => {
    await read('lobby');
    history.away = true;
    await hub.poll();
    const reader = await read('lobby');
    expect(reader.named('open')).toHaveLength(1);
    expect(reader.named('heartbeat').map(({ data }) => data)).toMatchObject([{ history: 'away' }]);
    await post('lobby');
    expect(reader.seqs('lobby')).toEqual([1]);
  });

  it('live streams go on by the bus, and heartbeats say that it is away', async () => {
    const reader = await read('lobby');
    const messages = history.commit('lobby', 2);
    history.away = true;
    await hub.poll();
    hub.receive('lobby', messages);
    await clock.settle();
    expect(reader.seqs('lobby')).toEqual([1, 2]);
    for (let ticks = 0; ticks < HEARTBEAT_MS / HEARTBEAT_TICK_MS; ticks++) hub.heartbeat();
    expect(reader.named('heartbeat').map(({ data }) => data)).toMatchObject([
      { history: 'away', heads: { lobby: 2 } },
    ]);
  });

  it('a reader in the middle of history waits and then goes on', async () => {
    history.commit('lobby', 1_200);
    const reader = new ListSink();
    reader.room = 2;
    hub.attach(reader.stream, { channels: ['lobby'], since: { kind: 'earliest' } });
    await clock.settle();
    history.away = true;
    reader.room = 99;
    hub.drained(reader.stream);
    await clock.settle();
    expect(reader.seqs('lobby')).toEqual(count(1, 500));
    history.away = false;
    await hub.poll();
    await clock.settle();
    expect(reader.seqs('lobby')).toEqual(count(1, 1_200));
  });
});

describe('heartbeats', () => {
  it('reach every stream once in each turn of the wheel, with its channels’ heads', async () => {
    const readers = [await read('a'), await read(['a', 'b']), await read('a')];
    await post('a', 2);
    for (let ticks = 0; ticks < HEARTBEAT_MS / HEARTBEAT_TICK_MS; ticks++) hub.heartbeat();
    const heads = readers.map((reader) => reader.named('heartbeat').map(({ data }) => data.heads));
    expect(heads).toEqual([[{ a: 2 }], [{ a: 2, b: 0 }], [{ a: 2 }]]);
  });

  it('tell the store’s head where this node is behind it', async () => {
    const reader = await read('a');
    history.commit('a', 7);
    await hub.poll();
    for (let ticks = 0; ticks < HEARTBEAT_MS / HEARTBEAT_TICK_MS; ticks++) hub.heartbeat();
    expect(reader.named('heartbeat')[0]?.data.heads).toEqual({ a: 7 });
  });
});

describe('a drain', () => {
  it('sends every reader elsewhere, each at a time of its own within the window', async () => {
    const readers: ListSink[] = [];
    for (let index = 0; index < 50; index++) readers.push(await read('lobby'));
    const drained = hub.drain(5_000);
    await clock.settle();
    await drained;
    const retries = readers.map((reader) => Number(reader.named('drain')[0]?.data.retry));
    expect(readers.every(({ ended }) => ended)).toBe(true);
    expect(Math.max(...retries)).toBeLessThanOrEqual(5_000);
    expect(Math.min(...retries)).toBeGreaterThanOrEqual(0);
    expect(new Set(retries).size).toBeGreaterThan(40);
    expect(hub.streams).toBe(0);
  });
});

describe('a channel without readers', () => {
  it('is kept for somebody whose place the store is still asked for', async () => {
    history.commit('lobby', 3);
    hub.detach((await read('lobby')).stream);
    const reader = new ListSink();
    hub.attach(reader.stream, { channels: ['lobby'], since: { kind: 'age', ms: 1_000 } });
    clock.turn();
    await Promise.all([hub.poll(), clock.pass(120_000), hub.poll()]);
    await post('lobby');
    expect(reader.seqs('lobby')).toEqual([3, 4]);
  });

  it('is kept for a minute for those who return, and then forgotten', async () => {
    const reader = await read('lobby');
    hub.detach(reader.stream);
    await clock.pass(59_000);
    await hub.poll();
    expect(hub.wants('lobby')).toBe(true);
    await clock.pass(2_000);
    await hub.poll();
    expect(hub.wants('lobby')).toBe(false);
    expect(hub.logBytes).toBe(0);
  });
});

it('whatever the bus loses, repeats or reorders and whoever is slow, each reader has every event once, in order', async () => {
  const step = fc.oneof(
    {
      weight: 6,
      arbitrary: fc.record({ kind: fc.constant('post' as const), events: fc.integer({ min: 1, max: 9 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('lose' as const), events: fc.integer({ min: 1, max: 9 }) }),
    },
    {
      weight: 3,
      arbitrary: fc.record({ kind: fc.constant('shuffle' as const), events: fc.integer({ min: 2, max: 9 }) }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant('fill' as const), room: fc.integer({ min: 1, max: 4 }) }),
    },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('drain' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('cut' as const) }) },
    { weight: 2, arbitrary: fc.record({ kind: fc.constant('turn' as const) }) },
    { weight: 1, arbitrary: fc.record({ kind: fc.constant('pass' as const) }) },
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 40 }), fc.boolean(), async (steps, several) => {
      history = new MemoryHistory();
      clock = new ManualClock();
      hub = new Hub(history, clock, new LogMemory(4_096));
      const channels = several ? ['lobby', 'other'] : ['lobby'];
      let reader = await read(channels);
      const got: number[] = [];
      for (const one of steps) {
        if (one.kind === 'post') hub.receive('lobby', history.commit('lobby', one.events));
        if (one.kind === 'lose') history.commit('lobby', one.events);
        if (one.kind === 'shuffle') {
          for (const message of history.commit('lobby', one.events).reverse())
            hub.receive('lobby', [message]);
        }
        if (one.kind === 'fill') reader.room = one.room;
        if (one.kind === 'drain') {
          reader.room = 1_000;
          hub.drained(reader.stream);
        }
        if (one.kind === 'cut') {
          hub.detach(reader.stream);
          got.push(...reader.seqs('lobby'));
          reader = await read(channels, { cursor: reader.lastId });
        }
        if (one.kind === 'turn') clock.turn();
        if (one.kind === 'pass') await clock.pass(HOLE_PATIENCE_MS);
      }
      reader.room = 1_000;
      hub.drained(reader.stream);
      await hub.poll();
      await clock.pass(HOLE_PATIENCE_MS);
      await clock.settle();
      got.push(...reader.seqs('lobby'));
      expect(got).toEqual(count(1, history.log.get('lobby')?.length ?? 0));
    }),
    { numRuns: 200 },
  );
});
