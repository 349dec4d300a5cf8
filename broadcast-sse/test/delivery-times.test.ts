import { HEARTBEAT_SECONDS } from '@carillon/protocol';
import { describe, expect, it } from 'vitest';
import type { StreamRequest } from '../src/admission.ts';
import { HEARTBEAT_TICK_MS } from '../src/heartbeat.ts';
import { SLICE_VISITS } from '../src/slices.ts';
import { clock, history, hub } from './support/hub-fixture.ts';
import { ListSink } from './support/list-sink.ts';

async function read(request: Partial<StreamRequest> = {}): Promise<ListSink> {
  const sink = new ListSink();
  hub.attach(sink.stream, { channels: ['lobby'], since: { kind: 'latest' }, ...request });
  await clock.settle();
  return sink;
}

/** Commits now, and returns what the bus has to bring. */
function commit(howMany = 1) {
  const createdAt = new Date(clock.now()).toISOString();
  return history.commit('lobby', howMany).map((event) => ({ ...event, createdAt }));
}

/** Number of deliveries in each bucket, by its upper bound in seconds. */
function delivered(): Record<string, number> {
  const { bounds, counts } = hub.rounds.deliverySeconds;
  const filled = bounds.map((bound, index) => [String(bound), counts[index] ?? 0] as const);
  return Object.fromEntries(filled.filter(([, count]) => count > 0));
}

describe('the time of a delivery', () => {
  it('is from the commit to the write, once for each reader and event', async () => {
    for (let reader = 0; reader < SLICE_VISITS + 1; reader++) await read();
    const events = commit(2);
    clock.move(700);
    hub.receive('lobby', events);
    await clock.settle();
    expect(delivered()).toEqual({ 1: 2 * (SLICE_VISITS + 1) });
    expect(hub.feed.lag.counts.reduce((sum, count) => sum + count, 0)).toBe(2);
  });

  it('counts the wait for a turn in a round', async () => {
    for (let reader = 0; reader < SLICE_VISITS + 1; reader++) await read();
    hub.receive('lobby', commit());
    clock.turn();
    clock.move(2_000);
    await clock.settle();
    expect(delivered()).toEqual({ 0.005: SLICE_VISITS, 2.5: 1 });
    expect(hub.rounds.roundSeconds.sum).toBe(2);
    expect(hub.rounds.roundSubscribers.sum).toBe(SLICE_VISITS + 1);
  });

  it('leaves out what a reader did not take at first, and counts what comes after', async () => {
    await read();
    const slow = await read();
    slow.room = 1;
    hub.receive('lobby', commit());
    await clock.settle();
    hub.receive('lobby', commit());
    await clock.settle();
    await clock.pass(30_000);
    expect(delivered()).toEqual({ 0.005: 3 });
    slow.room = Number.POSITIVE_INFINITY;
    hub.drained(slow.stream);
    expect(slow.seqs('lobby')).toEqual([1, 2]);
    expect(delivered()).toEqual({ 0.005: 3 });
    hub.receive('lobby', commit());
    await clock.settle();
    expect(delivered()).toEqual({ 0.005: 5 });
  });

  it('leaves out a replay', async () => {
    commit(5);
    await clock.pass(60_000);
    const reader = await read({ since: { kind: 'earliest' } });
    expect(reader.seqs('lobby')).toEqual([1, 2, 3, 4, 5]);
    expect(delivered()).toEqual({});
    expect(hub.rounds.deliveries).toBe(5);
  });

  it('counts the delay of an event that the bus lost and the store brought', async () => {
    await read();
    commit();
    await clock.pass(1_500);
    await hub.poll();
    await clock.pass(100);
    expect(delivered()).toEqual({ 2.5: 1 });
  });
});

describe('a node counts', () => {
  it('why each stream ended', async () => {
    const [gone, denied] = [await read(), await read()];
    await read();
    hub.detach(gone.stream);
    hub.deny(denied.stream, { reason: 'banned', detail: 'You are banned.' });
    await Promise.all([hub.drain(0), clock.settle()]);
    expect(hub.opened).toBe(3);
    expect(hub.ended).toMatchObject({ left: 1, banned: 1, drain: 1, stalled: 0 });
  });

  it('each heartbeat that comes more than a second late', async () => {
    await read();
    const turn = () => {
      for (let tick = 0; tick < (HEARTBEAT_SECONDS * 1_000) / HEARTBEAT_TICK_MS; tick++) {
        clock.move(HEARTBEAT_TICK_MS);
        hub.heartbeat();
      }
    };
    turn();
    turn();
    expect(hub.heartbeatsLate).toBe(0);
    clock.move(5_000);
    turn();
    expect(hub.heartbeatsLate).toBe(1);
  });
});
