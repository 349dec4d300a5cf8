import { HEARTBEAT_SECONDS } from '@carillon/protocol';
import { describe, expect, it } from 'vitest';
import { HOLE_PATIENCE_MS } from '../src/feed.ts';
import { HEARTBEAT_TICK_MS } from '../src/heartbeat.ts';
import { SLICE_VISITS } from '../src/slices.ts';
import { clock, count, history, hub, post, read } from './support/hub-fixture.ts';
import { ListSink } from './support/list-sink.ts';

describe('a stream of one channel', () => {
  it('opens with the channel’s head and earliest event, and with a cursor', async () => {
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

  it('resumes from its cursor, out of the log if that reaches back so far', async () => {
    const first = await read('lobby');
    await post('lobby', 10);
    const reads = history.reads;
    const second = await read('lobby', { cursor: 'e1.4' });
    expect(second.seqs('lobby')).toEqual(count(5, 10));
    expect(history.reads).toBe(reads);
    expect(first.seqs('lobby')).toEqual(count(1, 10));
  });

  it('resumes from its cursor, out of history if the log does not reach back so far', async () => {
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

  it('keeps a cursor from a faster node, and waits until this node has caught up', async () => {
    await read('lobby');
    history.commit('lobby', 5);
    const reader = await read('lobby', { cursor: 'e1.3' });
    expect(reader.named('reset')).toEqual([]);
    await clock.pass(HOLE_PATIENCE_MS);
    expect(reader.seqs('lobby')).toEqual([4, 5]);
  });
});

describe('a stream tells of a loss', () => {
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

  it('if history keeps only later events', async () => {
    history.commit('lobby', 9);
    history.expire('lobby', 7);
    const reader = await read('lobby', { cursor: 'e1.2' });
    expect(reader.named('reset').map(({ data }) => data)).toMatchObject([
      { reason: 'expired', from: 7, head: 9 },
    ]);
    expect(reader.seqs('lobby')).toEqual([7, 8, 9]);
  });

  it('if events expire while a slow reader is still behind', async () => {
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

  it.each([
    ['one channel', ['lobby'], 'e1.600'],
    ['several channels', ['lobby', 'news'], /\.600,0$/],
  ])('with the new cursor, if nothing is left for a slow reader of %s', async (_, channels, cursor) => {
    history.commit('lobby', 600);
    const reader = new ListSink();
    reader.room = 2;
    hub.attach(reader.stream, { channels, since: { kind: 'earliest' } });
    await clock.settle();
    expect(reader.seqs('lobby')).toEqual(count(1, 500));
    history.expire('lobby', 601);
    reader.room = 99;
    hub.drained(reader.stream);
    await clock.settle();
    expect(reader.named('reset').map(({ data }) => data)).toMatchObject([{ reason: 'expired', from: 601 }]);
    expect(reader.lastId).toMatch(cursor);
    await post('lobby');
    expect(reader.seqs('lobby').at(-1)).toBe(601);
  });

  it('but not of an event that came while the store was asked, and had nothing older left', async () => {
    history.commit('lobby', 600);
    const reader = new ListSink();
    reader.room = 2;
    hub.attach(reader.stream, { channels: ['lobby'], since: { kind: 'earliest' } });
    await clock.settle();
    history.expire('lobby', 601);
    const after = history.after.bind(history);
    history.after = async (...asked) => {
      const events = await after(...asked);
      history.after = after;
      hub.receive('lobby', history.commit('lobby', 1));
      return events;
    };
    reader.room = 99;
    hub.drained(reader.stream);
    await clock.settle();
    expect(reader.named('reset').map(({ data }) => data)).toMatchObject([{ reason: 'expired', from: 601 }]);
    expect(reader.seqs('lobby')).toEqual([...count(1, 500), 601]);
  });
});

describe('a stream of several channels', () => {
  it('has a single cursor for all of them, in the last event of each write', async () => {
    history.commit('a', 2);
    const reader = await read(['b', 'a']);
    await post('b', 3);
    await post('a');
    expect(reader.seqs('a')).toEqual([3]);
    expect(reader.seqs('b')).toEqual([1, 2, 3]);
    const writes = reader.writes.map(String).filter((text) => text.includes('"body"'));
    expect(writes.length).toBeGreaterThanOrEqual(2);
    for (const text of writes) expect(text.match(/^id: .*$/gm)).toEqual([text.trimEnd().split('\n').at(-1)]);
    expect(reader.lastId).toMatch(/^e1\.[a-z0-9]+\.3,3$/);

    const again = await read(['a', 'b'], { cursor: reader.lastId });
    await post('a');
    expect(again.named('reset')).toEqual([]);
    expect(again.seqs('a')).toEqual([4]);
    expect(again.seqs('b')).toEqual([]);
  });

  it('resumes in each channel from its cursor', async () => {
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

describe('heartbeats', () => {
  it('reach every stream once in each turn of the wheel, with its channels’ heads', async () => {
    const readers = [await read('a'), await read(['a', 'b']), await read('a')];
    await post('a', 2);
    for (let ticks = 0; ticks < (HEARTBEAT_SECONDS * 1_000) / HEARTBEAT_TICK_MS; ticks++) hub.heartbeat();
    const heads = readers.map((reader) => reader.named('heartbeat').map(({ data }) => data.heads));
    expect(heads).toEqual([[{ a: 2 }], [{ a: 2, b: 0 }], [{ a: 2 }]]);
  });

  it('reach a stream as often as it asks, and others as usual', async () => {
    const often = await read('a', { heartbeatSeconds: 4 });
    const ever = await read('a');
    for (let ticks = 0; ticks < (60 * 1_000) / HEARTBEAT_TICK_MS; ticks++) hub.heartbeat();
    expect([often, ever].map((reader) => reader.named('heartbeat').length)).toEqual([15, 4]);
    hub.detach(often.stream);
    expect(hub.openStreams()).toEqual([ever.stream]);
  });

  it('tell the store’s head if this node is behind it', async () => {
    const reader = await read('a');
    history.commit('a', 7);
    await hub.poll();
    for (let ticks = 0; ticks < (HEARTBEAT_SECONDS * 1_000) / HEARTBEAT_TICK_MS; ticks++) hub.heartbeat();
    expect(reader.named('heartbeat')[0]?.data.heads).toEqual({ a: 7 });
  });
});

describe('a drain', () => {
  it('ends every stream, with a different time to reconnect for each, within the window', async () => {
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

  it('tells nothing to a stream that was denied before its turn: that was its last', async () => {
    const readers: ListSink[] = [];
    for (let index = 0; index < SLICE_VISITS + 1; index++) readers.push(await read('lobby'));
    const drained = hub.drain(5_000);
    const waiting = readers.filter(({ ended }) => !ended);
    expect(waiting).toHaveLength(1);
    for (const { stream } of waiting) hub.deny(stream, { reason: 'banned', detail: 'You are banned.' });
    await clock.settle();
    await drained;
    expect(waiting.map((reader) => [reader.named('denied').length, reader.named('drain').length])).toEqual([
      [1, 0],
    ]);
  });
});

describe('a channel without readers', () => {
  it('is kept for a reader that still waits for the store', async () => {
    history.commit('lobby', 3);
    hub.detach((await read('lobby')).stream);
    const reader = new ListSink();
    hub.attach(reader.stream, { channels: ['lobby'], since: { kind: 'age', ms: 1_000 } });
    clock.turn();
    await Promise.all([hub.poll(), clock.pass(120_000), hub.poll()]);
    await post('lobby');
    expect(reader.seqs('lobby')).toEqual([3, 4]);
  });

  it('is kept for a minute for readers that reconnect, and then forgotten', async () => {
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
