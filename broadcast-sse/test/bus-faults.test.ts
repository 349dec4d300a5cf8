import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../tests/property-runs.ts';
import { LogMemory } from '../src/channel-log.ts';
import { HOLE_PATIENCE_MS } from '../src/feed.ts';
import { begin, clock, count, history, hub, post, read } from './support/hub-fixture.ts';
import { ListSink } from './support/list-sink.ts';

describe('what the bus does to a channel', () => {
  it('repeats and reorders events: no reader notices', async () => {
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

  it('brings events before the store has said how far the channel is', async () => {
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

  it('tells of an event that the store does not have: it is left out, and later events are not held up', async () => {
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

it('whatever the bus loses, repeats or reorders, and however slow readers are, each reader has every event once, in order', async () => {
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
      begin(new LogMemory(4_096));
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
    { numRuns: propertyRuns(50, 200) },
  );
});
