import { isMessage, type Message } from '@carillon/protocol';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { propertyRuns } from '../../tests/property-runs.ts';
import { HOLE_PATIENCE_MS } from '../src/feed.ts';
import { clock, count, history, hub, post, read } from './support/hub-fixture.ts';
import type { ListSink } from './support/list-sink.ts';

/** An event that nobody posted, as an attacker who can write to the broker would make it up. */
const forged = (channel: string, seq: number, body = 'made up'): Message => ({
  channel,
  seq,
  author: { id: 'a', name: 'Ada' },
  body,
  createdAt: '2026-01-01T00:00:00.123Z',
});

async function poll(): Promise<void> {
  await hub.poll();
  await clock.settle();
  await clock.pass(HOLE_PATIENCE_MS);
}

const resetsOf = (reader: ListSink) => reader.named('reset').map(({ data }) => data);
const bodies = (reader: ListSink) => reader.messages('lobby').map(({ body }) => body);

describe('a forged event on the bus', () => {
  it('in place of the next event is found by the next question to the store: readers are told, and get the real event', async () => {
    const reader = await read('lobby');
    await post('lobby', 2);
    await poll();
    hub.receive('lobby', [forged('lobby', 3)]);
    await post('lobby', 1, 'real');
    expect(bodies(reader)).toEqual(['hello', 'hello', 'made up']);
    await poll();
    expect(resetsOf(reader)).toMatchObject([{ channel: 'lobby', reason: 'ahead', from: 3, head: 3 }]);
    expect(bodies(reader)).toEqual(['hello', 'hello', 'made up', 'real']);
    expect(reader.ended).toBe(false);
    await post('lobby');
    await poll();
    expect(resetsOf(reader)).toHaveLength(1);
    expect(reader.seqs('lobby')).toEqual([1, 2, 3, 3, 4]);
  });

  it('is found even if real events followed', async () => {
    const reader = await read('lobby');
    await post('lobby', 2);
    await poll();
    hub.receive('lobby', [forged('lobby', 3)]);
    await post('lobby', 5, 'real');
    await poll();
    expect(resetsOf(reader)).toMatchObject([{ reason: 'ahead', from: 3 }]);
    expect(reader.seqs('lobby').slice(-5)).toEqual(count(3, 7));
    expect(bodies(reader).slice(-5)).toEqual(Array(5).fill('real'));
  });

  it('is found if it waited for earlier events', async () => {
    const reader = await read('lobby');
    hub.receive('lobby', [forged('lobby', 3)]);
    await post('lobby', 3, 'real');
    expect(bodies(reader)).toEqual(['real', 'real', 'made up']);
    await poll();
    expect(bodies(reader).slice(-1)).toEqual(['real']);
    expect(resetsOf(reader)).toHaveLength(1);
  });

  it('is found behind events that had expired before they were read', async () => {
    const reader = await read('lobby');
    await post('lobby', 2);
    history.commit('lobby', 5);
    history.expire('lobby', 8);
    await poll();
    hub.receive('lobby', [forged('lobby', 8)]);
    await post('lobby', 2, 'real');
    await poll();
    expect(resetsOf(reader)).toMatchObject([
      { reason: 'expired', from: 8 },
      { reason: 'ahead', from: 8 },
    ]);
    expect(reader.seqs('lobby')).toEqual([1, 2, 8, 9, 8, 9]);
  });

  it('costs the readers of other channels nothing', async () => {
    const [reader, other] = [await read('lobby'), await read('team')];
    hub.receive('lobby', [forged('lobby', 1)]);
    await post('lobby');
    await post('team');
    await poll();
    expect(resetsOf(reader)).toHaveLength(1);
    expect(resetsOf(other)).toEqual([]);
    expect(other.seqs('team')).toEqual([1]);
  });
});

describe('real events', () => {
  it('are verified once, and those that were read from the store never', async () => {
    await read('lobby');
    await poll();
    expect(history.stretches).toEqual([]);
    await post('lobby', 3);
    await poll();
    await poll();
    expect(history.stretches).toEqual([{ channel: 'lobby', first: 1, last: 3 }]);
    history.commit('lobby', 1_000);
    await poll();
    await poll();
    expect(history.stretches).toHaveLength(1);
  });

  it('are never taken for forged, however they come', async () => {
    const step = fc.oneof(
      fc.record({
        kind: fc.constant('post' as const),
        events: fc.integer({ min: 1, max: 4 }),
        lost: fc.boolean(),
      }),
      fc.record({ kind: fc.constant('edit' as const) }),
      fc.record({ kind: fc.constant('delete' as const) }),
      fc.record({ kind: fc.constant('expire' as const) }),
      fc.record({ kind: fc.constant('poll' as const) }),
      fc.record({ kind: fc.constant('wait' as const) }),
    );
    let channels = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
        channels += 1;
        const channel = `real-${channels}`;
        const reader = await read(channel);
        const log = () => history.log.get(channel) ?? [];
        for (const each of steps) {
          const target = log().findLast((event) => isMessage(event))?.seq;
          if (each.kind === 'post') {
            const events = history.commit(channel, each.events);
            if (!each.lost) hub.receive(channel, events);
          } else if (each.kind === 'edit' && target !== undefined)
            hub.receive(channel, history.change(channel, { type: 'edit', target, body: 'edited' }));
          else if (each.kind === 'delete' && target !== undefined)
            hub.receive(channel, history.change(channel, { type: 'delete', target }));
          else if (each.kind === 'expire') history.expire(channel, Math.max(1, log().length));
          else if (each.kind === 'poll') await poll();
          else await clock.pass(HOLE_PATIENCE_MS);
        }
        await poll();
        await poll();
        expect(
          resetsOf(reader)
            .map(({ reason }) => reason)
            .filter((reason) => reason !== 'expired'),
        ).toEqual([]);
        const seqs = reader.seqs(channel);
        expect(seqs).toEqual([...new Set(seqs)]);
        hub.detach(reader.stream);
      }),
      { numRuns: propertyRuns(30, 300) },
    );
  });
});
