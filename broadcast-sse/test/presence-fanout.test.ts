import { randomUUID } from 'node:crypto';
import { openPresence, type Presence } from '@carillon/presence';
import { MAX_LISTED_PEOPLE, presenceEvent, TYPING_MS, typingEvent } from '@carillon/protocol';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Hub } from '../src/hub.ts';
import { createStream } from '../src/stream.ts';
import { ANYBODY, ListSink } from './support/list-sink.ts';
import { ManualClock } from './support/manual-clock.ts';
import { MemoryHistory } from './support/memory-history.ts';

let clock: ManualClock;
let hub: Hub;
let history: MemoryHistory;
let presence: Presence;
/** Another node of the same store. */
let elsewhere: Presence;

beforeEach(() => {
  // Presence takes its turns by the clock of the process: these are its own.
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval', 'performance'] });
  const address = `memory:${randomUUID()}`;
  clock = new ManualClock();
  presence = openPresence(address);
  elsewhere = openPresence(address);
  history = new MemoryHistory();
  hub = new Hub({ history, clock, presence });
});

afterEach(async () => {
  await presence.close();
  await elsewhere.close();
  vi.useRealTimers();
});

async function read(id?: string, channels = ['lobby']): Promise<ListSink> {
  const sink = new ListSink();
  if (id !== undefined) {
    const { identity } = ANYBODY;
    const author = { id, name: id.toUpperCase() };
    sink.stream = createStream(sink, { identity: { ...identity, kind: 'guest', author }, quota: undefined });
  }
  hub.attach(sink.stream, { channels, since: { kind: 'latest' } });
  await clock.settle();
  return sink;
}

const present = (sink: ListSink) =>
  sink.named('presence').map(({ data }) => {
    const { count, anonymous, people } = presenceEvent.parse(data);
    return `${people.map(({ id }) => id).join()} ${count} ${anonymous}`;
  });

/** Long enough for whatever is told, ms: some turns of presence, and the longest pause between two rounds. */
const PATIENCE_MS = 30_000;
const STEP_MS = 20;

/** Lets time pass, presence's own too, and the engine do what it has to. */
async function passTogether(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += STEP_MS) {
    vi.advanceTimersByTime(STEP_MS);
    await clock.pass(STEP_MS);
  }
}

/** The same, until it has come to this. */
async function toldWithin(condition: () => boolean): Promise<void> {
  for (let passed = 0; !condition(); passed += STEP_MS) {
    if (passed > PATIENCE_MS) throw new Error('the presence event did not come');
    await passTogether(STEP_MS);
  }
}

describe('the readers of a channel', () => {
  it('are told who is on it, themselves too, on this node and others', async () => {
    elsewhere.join('lobby', { id: 'eve', name: 'EVE' });
    const [ada, guest] = [await read('ada'), await read()];
    await toldWithin(() => present(guest).includes('ada,eve 2 1'));
    expect(present(ada).at(-1)).toBe('ada,eve 2 1');
    expect(ada.lastId).toBe('e1.0');
  });

  it('hear it as soon as they come, where it is known', async () => {
    const first = await read('ada');
    await toldWithin(() => present(first).length > 0);
    const second = await read('bob');
    expect(second.events.map(({ event }) => event)).toEqual(['open', 'presence']);
    expect(present(second)).toEqual(['ada 1 0']);
  });

  it('hear nothing where nothing has changed', async () => {
    const reader = await read('ada');
    await toldWithin(() => present(reader).length > 0);
    elsewhere.join('lobby', { id: 'ada', name: 'ADA' });
    await passTogether(2_500);
    expect(present(reader)).toEqual(['ada 1 0']);
  });

  it('are told of each of their channels', async () => {
    const reader = await read('ada', ['lobby', 'team']);
    await toldWithin(() => reader.named('presence').length >= 2);
    expect(reader.named('presence').map(({ data }) => data.channel)).toEqual(['lobby', 'team']);
  });

  it('share the bytes of an event, and are passed by while anything waits for them', async () => {
    const full = await read('ada');
    full.room = 0;
    const readers = await Promise.all(Array.from({ length: 350 }, () => read()));
    await toldWithin(() => readers.every((reader) => present(reader).includes('ada 1 350')));
    expect(present(full)).toEqual([]);
    const [first, ...others] = readers.map(({ writes }) => writes.at(-1));
    expect(others.every((bytes) => bytes === first)).toBe(true);
  });

  it('are told of a large channel less often, and of the newest state then', async () => {
    const readers = await Promise.all(Array.from({ length: 3_000 }, () => read()));
    await toldWithin(() => readers.every((reader) => present(reader).length === 1));
    await read('ada');
    vi.advanceTimersByTime(1_200);
    await clock.pass(1_000);
    expect(readers.some((reader) => present(reader).length > 1)).toBe(false);
    await clock.pass(2_500);
    expect(readers.every((reader) => present(reader).at(-1) === 'ada 1 3000')).toBe(true);
  });

  it('are listed up to a bound and counted without one', async () => {
    const reader = await read();
    for (let id = 0; id < 200; id++) elsewhere.join('lobby', { id: `p${id}`, name: `P${id}` });
    await toldWithin(() => reader.named('presence').at(-1)?.data.count === 200);
    expect(reader.named('presence').at(-1)?.data.people).toHaveLength(MAX_LISTED_PEOPLE);
  });

  it('are missed when they leave, and nothing is kept of a channel they all left', async () => {
    const [ada, guest, other] = [await read('ada'), await read(), await read()];
    await toldWithin(() => present(ada).includes('ada 1 2'));
    hub.detach(guest.stream);
    await toldWithin(() => present(ada).at(-1) === 'ada 1 1');
    for (const { stream } of [ada, other]) hub.detach(stream);
    const late = await read('bob');
    expect(late.named('presence')).toEqual([]);
    await toldWithin(() => present(late).length > 0);
  });
});

const typing = (sink: ListSink) =>
  sink.named('typing').map(({ data }) =>
    typingEvent
      .parse(data)
      .people.map(({ id }) => id)
      .join(),
  );

const person = (id: string) => ({ id, name: id.toUpperCase() });

/** Readers who have heard who is here, so that only news of typing follow. */
async function settled(...ids: (string | undefined)[]): Promise<ListSink[]> {
  const readers: ListSink[] = [];
  for (const id of ids) readers.push(await read(id));
  await toldWithin(() => readers.every(({ events }) => events.some(({ event }) => event === 'presence')));
  await clock.pass(1_000);
  return readers;
}

describe('who types', () => {
  it('is told to the readers of the channel, until five seconds later', async () => {
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

  it('goes on as long as it is said again, and is not told again', async () => {
    const [reader] = await settled('ada');
    for (let call = 0; call < 5; call++) {
      presence.type('lobby', person('bob'));
      await clock.pass(3_000);
    }
    expect(typing(reader as ListSink)).toEqual(['bob']);
    await clock.pass(TYPING_MS);
    expect(typing(reader as ListSink)).toEqual(['bob', '']);
  });

  it('is no longer who has sent a message', async () => {
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

  it('is told once a second at most, the first five of them', async () => {
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

  it('is heard by who comes while they type, and nothing of it by who comes after', async () => {
    await settled('ada');
    presence.type('lobby', person('bob'));
    await clock.settle();
    expect(typing(await read('eve'))).toEqual(['bob']);
    await clock.pass(TYPING_MS);
    expect(typing(await read('joe'))).toEqual([]);
  });

  it('is told later to who could not be told then', async () => {
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

  it('costs no reader more writes than who is here: both come together', async () => {
    const readers = await settled(...Array.from({ length: 20 }, () => undefined));
    const before = readers.map(({ writes }) => writes.length);
    await read('ada');
    presence.type('lobby', person('bob'));
    await toldWithin(() => readers.every((reader) => present(reader).at(-1) === 'ada 1 20'));
    await clock.pass(TYPING_MS);
    await clock.pass(1_000);
    const after = readers.map(({ writes }) => writes.length);
    expect(Math.max(...after.map((count, index) => count - (before[index] ?? 0)))).toBeLessThanOrEqual(3);
    expect(readers.every((reader) => typing(reader).join(';') === 'bob;')).toBe(true);
  });
});

describe('a node with more to deliver than it can', () => {
  const READERS = 2_000;

  /** Turns of the loop of 10 ms each, in each of which a message comes: no round ends before the next is due. */
  async function loadFor(turns: number): Promise<void> {
    for (let turn = 0; turn < turns; turn++) {
      hub.receive('lobby', history.commit('lobby'));
      clock.move(10);
      clock.turn();
      await new Promise<void>((resolve) => setImmediate(resolve));
    }
  }

  it('sheds who is here and who types, counts it, delivers every message, and tells the newest after', async () => {
    const readers = await Promise.all(Array.from({ length: READERS }, () => read()));
    await toldWithin(() => readers.every((reader) => present(reader).length === 1));
    await clock.pass(10_000);
    expect(hub.shed).toEqual({ presence: 0, typing: 0 });

    await loadFor(50);
    expect(hub.rounds.loaded).toBe(true);
    const heard = readers.map((reader) => present(reader).length);
    presence.type('lobby', person('bob'));
    elsewhere.join('lobby', person('eve'));
    // Presence tells of eve by its own turns.
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
    await toldWithin(() =>
      readers.every((reader) => present(reader).at(-1)?.startsWith('eve,joe 2') === true),
    );
    for (let tick = 0; tick < 60; tick++) hub.heartbeat();
    expect(present(late).at(-1)).toMatch(/^eve,joe 2/);
  });

  it('is not loaded by one round, however many readers it has', async () => {
    await Promise.all(Array.from({ length: READERS }, () => read()));
    hub.receive('lobby', history.commit('lobby'));
    clock.move(1);
    expect(hub.rounds.loaded).toBe(false);
    await clock.settle();
    await clock.pass(60_000);
    expect(hub.rounds.loaded).toBe(false);
  });
});
