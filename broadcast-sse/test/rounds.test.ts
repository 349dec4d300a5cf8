import { describe, expect, it } from 'vitest';
import { LogMemory } from '../src/channel-log.ts';
import { SLICE_VISITS } from '../src/slices.ts';
import { begin, clock, count, history, hub, post, read } from './support/hub-fixture.ts';
import { ListSink } from './support/list-sink.ts';

describe('a slow reader', () => {
  it('is skipped while it is full, costs the others nothing, and resumes from its cursor', async () => {
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
    begin(new LogMemory(8 * 1024));
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

  it('that has left is not written to', async () => {
    const reader = await read('lobby');
    hub.detach(reader.stream);
    hub.detach(reader.stream);
    await post('lobby');
    expect(reader.seqs('lobby')).toEqual([]);
    expect(hub.streams).toBe(0);
  });
});

describe('a round', () => {
  it('writes the same bytes to all readers at the same cursor', async () => {
    const readers = [await read('lobby'), await read('lobby'), await read('lobby')];
    await post('lobby', 3);
    const last = readers.map(({ writes }) => writes.at(-1));
    expect(last[1]).toBe(last[0]);
    expect(last[2]).toBe(last[0]);
  });

  it('gives way after a slice of readers, and brings more to readers that are visited later', async () => {
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

  it('of live readers does not wait for thousands that catch up', { timeout: 300_000 }, async () => {
    history.commit('old', 2_000);
    const returned = Array.from({ length: SLICE_VISITS * 4 }, () => new ListSink());
    const live = await read('live');
    for (const { stream } of returned) {
      hub.attach(stream, { channels: ['old'], since: { kind: 'latest' }, cursor: 'e1.0' });
    }
    // The store's answers wake more readers than a slice has visits.
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

describe('many readers that reconnect', () => {
  it('at the same cursor cost a single read of the store for each page', async () => {
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
