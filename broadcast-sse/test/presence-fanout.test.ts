import { MAX_LISTED_PEOPLE } from '@carillon/protocol';
import { describe, expect, it, vi } from 'vitest';
import {
  clock,
  elsewhere,
  history,
  hub,
  passTogether,
  person,
  presence,
  present,
  read,
  sentWithin,
  typing,
} from './support/presence-fixture.ts';

describe('presence reaches the readers of a channel', () => {
  it('with everybody on it, themselves included, on this node and others', async () => {
    elsewhere.join('lobby', { id: 'eve', name: 'EVE' });
    const [ada, guest] = [await read('ada'), await read()];
    await sentWithin(() => present(guest).includes('ada,eve 2 1'));
    expect(present(ada).at(-1)).toBe('ada,eve 2 1');
    expect(ada.lastId).toBe('e1.0');
  });

  it('as soon as they come, if it is known', async () => {
    const first = await read('ada');
    await sentWithin(() => present(first).length > 0);
    const second = await read('bob');
    expect(second.events.map(({ event }) => event)).toEqual(['open', 'presence']);
    expect(present(second)).toEqual(['ada 1 0']);
  });

  it('only if something has changed', async () => {
    const reader = await read('ada');
    await sentWithin(() => present(reader).length > 0);
    elsewhere.join('lobby', { id: 'ada', name: 'ADA' });
    await passTogether(2_500);
    expect(present(reader)).toEqual(['ada 1 0']);
  });

  it('for each of their channels', async () => {
    const reader = await read('ada', ['lobby', 'team']);
    await sentWithin(() => reader.named('presence').length >= 2);
    expect(reader.named('presence').map(({ data }) => data.channel)).toEqual(['lobby', 'team']);
  });

  it('with the same bytes for all, and skips readers with unsent bytes', async () => {
    const full = await read('ada');
    full.room = 0;
    const readers = await Promise.all(Array.from({ length: 350 }, () => read()));
    await sentWithin(() => readers.every((reader) => present(reader).includes('ada 1 350')));
    expect(present(full)).toEqual([]);
    const [first, ...others] = readers.map(({ writes }) => writes.at(-1));
    expect(others.every((bytes) => bytes === first)).toBe(true);
  });

  it('less often in a large channel, with the newest state then', async () => {
    const readers = await Promise.all(Array.from({ length: 3_000 }, () => read()));
    await sentWithin(() => readers.every((reader) => present(reader).length === 1));
    await read('ada');
    vi.advanceTimersByTime(1_200);
    await clock.pass(1_000);
    expect(readers.some((reader) => present(reader).length > 1)).toBe(false);
    await clock.pass(2_500);
    expect(readers.every((reader) => present(reader).at(-1) === 'ada 1 3000')).toBe(true);
  });

  it('as a list up to a limit and a count without one', async () => {
    const reader = await read();
    for (let id = 0; id < 200; id++) elsewhere.join('lobby', { id: `p${id}`, name: `P${id}` });
    await sentWithin(() => reader.named('presence').at(-1)?.data.count === 200);
    expect(reader.named('presence').at(-1)?.data.people).toHaveLength(MAX_LISTED_PEOPLE);
  });

  it('without those who left, and nothing is kept of a channel that all have left', async () => {
    const [ada, guest, other] = [await read('ada'), await read(), await read()];
    await sentWithin(() => present(ada).includes('ada 1 2'));
    hub.detach(guest.stream);
    await sentWithin(() => present(ada).at(-1) === 'ada 1 1');
    for (const { stream } of [ada, other]) hub.detach(stream);
    const late = await read('bob');
    expect(late.named('presence')).toEqual([]);
    await sentWithin(() => present(late).length > 0);
  });
});

describe('a node with more to deliver than it can', () => {
  const READERS = 2_000;

  /** Turns of the loop, 10 ms and a message each: no round ends before the next is due. */
  async function loadFor(turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn++) {
      hub.receive('lobby', history.commit('lobby'));
      clock.move(10);
      clock.turn();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  it('sheds presence and typing events, counts them, delivers every message, and sends the newest state after', async () => {
    const readers = await Promise.all(Array.from({ length: READERS }, () => read()));
    await sentWithin(() => readers.every((reader) => present(reader).length === 1));
    await clock.pass(10_000);
    expect(hub.shed).toEqual({ presence: 0, typing: 0 });

    await loadFor(50);
    expect(hub.rounds.loaded).toBe(true);
    const heard = readers.map((reader) => present(reader).length);
    presence.type('lobby', person('bob'));
    elsewhere.join('lobby', person('eve'));
    // Presence reports eve at its own times.
    for (let turns = 0; turns < 200 && (hub.shed.presence === 0 || hub.shed.typing === 0); turns += 5) {
      await loadFor(5);
      vi.advanceTimersByTime(50);
    }
    await loadFor(50);
    const late = await read('joe');
    await loadFor(1);
    expect(readers.map((reader) => present(reader).length)).toEqual(heard);
    expect(readers.flatMap(typing)).toEqual([]);
    expect(hub.shed.presence).toBeGreaterThan(0);
    expect(hub.shed.typing).toBeGreaterThan(0);

    await clock.settle();
    expect(hub.rounds.loaded).toBe(false);
    const all = Array.from({ length: history.log.get('lobby')?.length ?? 0 }, (_, index) => index + 1);
    expect(readers.every((reader) => reader.seqs('lobby').length === all.length)).toBe(true);
    expect(readers[0]?.seqs('lobby')).toEqual(all);
    await sentWithin(() =>
      readers.every((reader) => present(reader).at(-1)?.startsWith('eve,joe 2') === true),
    );
    for (let tick = 0; tick < 60; tick++) hub.heartbeat();
    expect(present(late).at(-1)).toMatch(/^eve,joe 2/);
  });

  it('is not loaded by a single round, however many readers it has', async () => {
    await Promise.all(Array.from({ length: READERS }, () => read()));
    hub.receive('lobby', history.commit('lobby'));
    clock.move(1);
    expect(hub.rounds.loaded).toBe(false);
    await clock.settle();
    await clock.pass(60_000);
    expect(hub.rounds.loaded).toBe(false);
  });
});
