import { randomUUID } from 'node:crypto';
import { openPresence, type Presence } from '@carillon/presence';
import { MAX_LISTED_PEOPLE, presenceEvent } from '@carillon/protocol';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { LogMemory } from '../src/channel-log.ts';
import { Hub } from '../src/hub.ts';
import { createStream } from '../src/subscriber.ts';
import { ListSink } from './support/list-sink.ts';
import { ManualClock } from './support/manual-clock.ts';
import { MemoryHistory } from './support/memory-history.ts';
import { until } from './support/serve.ts';

let clock: ManualClock;
let hub: Hub;
let presence: Presence;
/** Another node of the same store. */
let elsewhere: Presence;

beforeEach(() => {
  const address = `memory:${randomUUID()}`;
  clock = new ManualClock();
  presence = openPresence(address);
  elsewhere = openPresence(address);
  hub = new Hub(new MemoryHistory(), clock, new LogMemory(), presence);
});

afterEach(async () => {
  await presence.close();
  await elsewhere.close();
});

async function read(id?: string, channels = ['lobby']): Promise<ListSink> {
  const sink = new ListSink();
  const person = id === undefined ? undefined : { id, name: id.toUpperCase() };
  sink.stream = createStream(sink, { person, holder: undefined });
  hub.attach(sink.stream, { channels, since: { kind: 'latest' } });
  await clock.settle();
  return sink;
}

const present = (sink: ListSink) =>
  sink.named('presence').map(({ data }) => {
    const { count, anonymous, people } = presenceEvent.parse(data);
    return `${people.map(({ id }) => id).join()} ${count} ${anonymous}`;
  });

/** Lets time pass, presence's own too, and the engine do what it has to. */
async function toldWithin(condition: () => boolean): Promise<void> {
  const turning = setInterval(() => void clock.pass(20), 20);
  await until(condition, () => 'the presence event').finally(() => clearInterval(turning));
  await clock.settle();
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
    await new Promise((resolve) => setTimeout(resolve, 2_500));
    await clock.settle();
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
    await new Promise((resolve) => setTimeout(resolve, 1_200));
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
