import { describe, expect, it } from 'vitest';
import type { EndReason } from '../src/end-reason.ts';
import { HOLE_PATIENCE_MS } from '../src/feed.ts';
import { SLICE_VISITS } from '../src/slices.ts';
import type { Stream } from '../src/stream.ts';
import { begin, clock, history, hub, post, read } from './support/hub-fixture.ts';
import type { ListSink } from './support/list-sink.ts';

async function poll(): Promise<void> {
  const polled = hub.poll();
  await clock.settle();
  await polled;
  await clock.settle();
}

/** Puts another store behind the same URL, with this many events. */
function replace(heads: Record<string, number>): void {
  history.epoch = 'e2';
  history.log.clear();
  for (const [channel, head] of Object.entries(heads)) history.commit(channel, head, 'of the other');
}

const resetsOf = (reader: ListSink) => reader.named('reset').map(({ data }) => data);

describe('a store that is replaced while streams are open', () => {
  it('is told to each of them once, and each goes on in the new store', async () => {
    history.commit('lobby', 3);
    const reader = await read('lobby');
    await post('lobby', 5);
    replace({ lobby: 6 });
    await poll();
    expect(resetsOf(reader)).toEqual([
      {
        channel: 'lobby',
        reason: 'epoch',
        from: 7,
        head: 6,
        history: '/v1/channels/lobby/messages?after=6',
      },
    ]);
    expect(reader.lastId).toBe('e2.6');
    await post('lobby', 2, 'anew');
    await poll();
    expect(reader.messages('lobby').slice(5)).toMatchObject([
      { seq: 7, body: 'anew' },
      { seq: 8, body: 'anew' },
    ]);
    expect(reader.lastId).toBe('e2.8');
    expect(resetsOf(reader)).toHaveLength(1);
    expect(reader.named('open')).toHaveLength(1);
    expect(reader.ended).toBe(false);
    expect(hub.resets.epoch).toBe(1);
  });

  it('is told for each channel of a stream, and by its cursor', async () => {
    const reader = await read(['lobby', 'team']);
    await post('lobby', 2);
    replace({ team: 4 });
    await poll();
    expect(resetsOf(reader)).toMatchObject([
      { channel: 'lobby', reason: 'epoch', from: 1 },
      { channel: 'team', reason: 'epoch', from: 5 },
    ]);
    expect(reader.lastId).toMatch(/^e2\..*\.0,4$/);
    await post('lobby');
    expect(reader.messages('lobby').at(-1)?.seq).toBe(1);
    expect(reader.lastId).toMatch(/^e2\..*\.1,4$/);
  });

  it('is told to more than a slice of them, and to none that left meanwhile', async () => {
    const readers = [];
    for (let count = 0; count < SLICE_VISITS + 10; count++) readers.push(await read('lobby'));
    await post('lobby');
    replace({ lobby: 1 });
    const polled = hub.poll();
    await new Promise((resolve) => setImmediate(resolve));
    const left = readers.pop() as ListSink;
    hub.detach(left.stream);
    await clock.settle();
    await polled;
    await post('lobby', 1, 'anew');
    for (const reader of readers) {
      expect(resetsOf(reader)).toHaveLength(1);
      expect(reader.messages('lobby').map(({ body }) => body)).toEqual(['hello', 'anew']);
    }
    expect(left.messages('lobby')).toHaveLength(1);
    expect(hub.streams).toBe(readers.length);
  });

  it('is waited for if it is away again, and its readers are told then', async () => {
    const reader = await read('lobby');
    await post('lobby', 3);
    replace({ lobby: 1 });
    const extents = history.extents.bind(history);
    history.extents = async (channels) => {
      const found = await extents(channels);
      history.extents = extents;
      history.away = true;
      return found;
    };
    await poll();
    history.away = false;
    await poll();
    expect(resetsOf(reader)).toMatchObject([{ reason: 'epoch', from: 2 }]);
  });

  it('gives no reader what was read from the store before', async () => {
    const reader = await read('lobby');
    history.commit('lobby', 2, 'of before');
    const held = history.hold();
    hub.receive('lobby', history.commit('lobby'));
    await clock.pass(HOLE_PATIENCE_MS);
    replace({ lobby: 0 });
    await poll();
    held.release();
    await clock.settle();
    await post('lobby', 1, 'anew');
    await poll();
    expect(reader.messages('lobby').map(({ body }) => body)).toEqual(['anew']);
  });

  it('keeps the count of delivered events right', async () => {
    const given: number[] = [];
    begin(undefined, {
      ended: ({ subscribers, seqsBefore }: Stream, _reason: EndReason) =>
        given.push(subscribers.reduce((sum, { seq }) => sum + seq, -seqsBefore)),
    });
    const reader = await read('lobby');
    await post('lobby', 5);
    replace({ lobby: 100 });
    await poll();
    await post('lobby', 2);
    hub.detach(reader.stream);
    expect(given).toEqual([7]);
  });
});

describe('a store that has less than it had', () => {
  it('is told on the channels that lost events, and repeats nothing on the others', async () => {
    const both = await read(['lobby', 'team']);
    const other = await read('team');
    await post('lobby', 5);
    await post('team', 2);
    history.log.get('lobby')?.splice(3);
    await poll();
    expect(resetsOf(both)).toMatchObject([{ channel: 'lobby', reason: 'ahead', from: 4, head: 3 }]);
    expect(resetsOf(other)).toEqual([]);
    await post('lobby', 1, 'anew');
    await post('team');
    await poll();
    expect(both.seqs('lobby')).toEqual([1, 2, 3, 4, 5, 4]);
    expect(both.seqs('team')).toEqual([1, 2, 3]);
    expect(other.seqs('team')).toEqual([1, 2, 3]);
    expect(resetsOf(both)).toHaveLength(1);
  });

  it('is told to a reader even if as much has been posted before its turn, and loses nothing of that', async () => {
    const reader = await read('lobby');
    await post('lobby', 5);
    history.log.get('lobby')?.splice(3);
    const extents = history.extents.bind(history);
    history.extents = async (channels) => {
      const found = await extents(channels);
      history.extents = extents;
      // After the answer, and before the reader is told of it.
      clock.soon(() => hub.receive('lobby', history.commit('lobby', 4, 'anew')));
      return found;
    };
    await poll();
    await poll();
    expect(resetsOf(reader)).toMatchObject([{ channel: 'lobby', reason: 'ahead', from: 4 }]);
    expect(reader.messages('lobby').slice(5)).toMatchObject(
      [4, 5, 6, 7].map((seq) => ({ seq, body: 'anew' })),
    );
  });

  it('is not assumed for a channel that grew while the store was asked', async () => {
    const reader = await read('lobby');
    const extents = history.extents.bind(history);
    history.extents = async (channels) => {
      const found = await extents(channels);
      hub.receive('lobby', history.commit('lobby', 3));
      return found;
    };
    await poll();
    expect(resetsOf(reader)).toEqual([]);
    expect(reader.seqs('lobby')).toEqual([1, 2, 3]);
  });
});
