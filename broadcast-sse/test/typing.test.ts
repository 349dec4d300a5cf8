import { TYPING_MS } from '@carillon/protocol';
import { describe, expect, it } from 'vitest';
import type { ListSink } from './support/list-sink.ts';
import {
  clock,
  elsewhere,
  history,
  hub,
  person,
  presence,
  present,
  read,
  sentWithin,
  typing,
} from './support/presence-fixture.ts';

/** Readers that have got their presence event, so that only typing events follow. */
async function settled(...ids: (string | undefined)[]): Promise<ListSink[]> {
  const readers: ListSink[] = [];
  for (const id of ids) readers.push(await read(id));
  await sentWithin(() => readers.every(({ events }) => events.some(({ event }) => event === 'presence')));
  await clock.pass(1_000);
  return readers;
}

describe('a typing person', () => {
  it('is sent to the readers of the channel, until five seconds later', async () => {
    const readers = await settled('ada', undefined);
    const [elsewhereReads] = await Promise.all([read('eve', ['team'])]);
    elsewhere.type('lobby', person('bob'));
    await clock.settle();
    for (const reader of readers) expect(typing(reader)).toEqual(['bob']);
    await clock.pass(TYPING_MS - 1);
    for (const reader of readers) expect(typing(reader)).toEqual(['bob']);
    await clock.pass(1);
    for (const reader of readers) expect(typing(reader)).toEqual(['bob', '']);
    expect(typing(elsewhereReads)).toEqual([]);
  });

  it('stays listed while they go on, and is not sent again', async () => {
    const [reader] = await settled('ada');
    for (let call = 0; call < 5; call++) {
      presence.type('lobby', person('bob'));
      await clock.pass(3_000);
    }
    expect(typing(reader as ListSink)).toEqual(['bob']);
    await clock.pass(TYPING_MS);
    expect(typing(reader as ListSink)).toEqual(['bob', '']);
  });

  it('is not listed any more after their message', async () => {
    const [reader] = await settled('ada');
    presence.type('lobby', person('a'));
    presence.type('lobby', person('bob'));
    await clock.pass(1_000);
    hub.receive('lobby', history.commit('lobby'));
    await clock.settle();
    await clock.pass(1_000);
    expect(typing(reader as ListSink)).toEqual(['a', 'a,bob', 'bob']);
    expect(reader?.seqs('lobby')).toEqual([1]);
  });

  it('is sent once a second at most, the first five of several', async () => {
    const [reader] = await settled('ada');
    const told = reader as ListSink;
    for (let tick = 0; tick < 100; tick++) {
      presence.type('lobby', person(`p${tick % 30}`));
      await clock.pass(100);
    }
    expect(typing(told).length).toBeLessThanOrEqual(11);
    expect(typing(told)).toContain('p0,p1,p2,p3,p4');
    await clock.pass(2 * TYPING_MS);
    expect(typing(told).at(-1)).toBe('');
  });

  it('is sent to a reader that comes while they type, and not to a reader that comes after', async () => {
    await settled('ada');
    presence.type('lobby', person('bob'));
    await clock.settle();
    expect(typing(await read('eve'))).toEqual(['bob']);
    await clock.pass(TYPING_MS);
    expect(typing(await read('joe'))).toEqual([]);
  });

  it('is sent later to a reader that was skipped', async () => {
    const [full] = await settled('ada');
    const reader = full as ListSink;
    presence.type('lobby', person('bob'));
    await clock.settle();
    reader.room = 0;
    await clock.pass(TYPING_MS);
    expect(typing(reader)).toEqual(['bob']);
    reader.room = Number.POSITIVE_INFINITY;
    for (let tick = 0; tick < 60; tick++) hub.heartbeat();
    expect(typing(reader)).toEqual(['bob', '']);
  });

  it('costs no reader more writes than presence: both come together', async () => {
    const readers = await settled(...Array.from({ length: 20 }, () => undefined));
    const before = readers.map(({ writes }) => writes.length);
    await read('ada');
    presence.type('lobby', person('bob'));
    await sentWithin(() => readers.every((reader) => present(reader).at(-1) === 'ada 1 20'));
    await clock.pass(TYPING_MS);
    await clock.pass(1_000);
    const after = readers.map(({ writes }) => writes.length);
    expect(Math.max(...after.map((count, index) => count - (before[index] ?? 0)))).toBeLessThanOrEqual(3);
    expect(readers.every((reader) => typing(reader).join(';') === 'bob;')).toBe(true);
  });
});
