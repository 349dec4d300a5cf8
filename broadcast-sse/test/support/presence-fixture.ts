import { randomUUID } from 'node:crypto';
import { openPresence, type Presence } from '@carillon/presence';
import { presenceEvent, typingEvent } from '@carillon/protocol';
import { afterEach, beforeEach, vi } from 'vitest';
import { Hub } from '../../src/hub.ts';
import { createStream } from '../../src/stream.ts';
import { ANYBODY, ListSink } from './list-sink.ts';
import { ManualClock } from './manual-clock.ts';
import { MemoryHistory } from './memory-history.ts';

/** The hub of the running test, and what it is made of. */
export let clock: ManualClock;
export let hub: Hub;
export let history: MemoryHistory;
export let presence: Presence;
/** Presence of another node. */
export let elsewhere: Presence;

beforeEach(() => {
  // Presence uses the timers of the process.
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

/** A reader of these channels: the person with this id, or an anonymous reader. */
export async function read(id?: string, channels = ['lobby']): Promise<ListSink> {
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

/** The presence events that a reader got: ids, number of people, number of anonymous readers. */
export const present = (sink: ListSink) =>
  sink.named('presence').map(({ data }) => {
    const { count, anonymous, people } = presenceEvent.parse(data);
    return `${people.map(({ id }) => id).join()} ${count} ${anonymous}`;
  });

/** Long enough for any event, ms: some turns of presence, and the longest pause between two fan-outs. */
const PATIENCE_MS = 30_000;
const STEP_MS = 20;

/** Lets time pass, for presence too, and the engine do its work. */
export async function passTogether(ms: number): Promise<void> {
  for (let passed = 0; passed < ms; passed += STEP_MS) {
    vi.advanceTimersByTime(STEP_MS);
    await clock.pass(STEP_MS);
  }
}

/** Lets time pass until the condition holds. */
export async function sentWithin(condition: () => boolean): Promise<void> {
  for (let passed = 0; !condition(); passed += STEP_MS) {
    if (passed > PATIENCE_MS) throw new Error('the presence event did not come');
    await passTogether(STEP_MS);
  }
}

/** The typing events that a reader got: ids. */
export const typing = (sink: ListSink) =>
  sink.named('typing').map(({ data }) =>
    typingEvent
      .parse(data)
      .people.map(({ id }) => id)
      .join(),
  );

/** A person with this id. */
export const person = (id: string) => ({ id, name: id.toUpperCase() });
