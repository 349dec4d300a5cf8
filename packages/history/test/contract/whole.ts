import { isMessage, type LogEvent, type Message, mentionsIn } from '@carillon/protocol';
import { expect } from 'vitest';
import { range, type Store, seqsOf } from './store.ts';

/** More than any test has in a channel. */
const EVERYTHING = 1_000_000;

/** What a message has to be by the changes in the log. */
interface Expected {
  changed: number | undefined;
  deleted: boolean;
  /** Of its last edit; undefined where it has none, or was deleted. */
  edited: string | undefined;
  counts: Map<string, number>;
}

/**
 * Holds a channel against its own log: no hole, and each message, its reactions, its mentions and the pins are what the changes made of it.
 * Gives the log.
 */
export async function expectWhole({ history, hands }: Store, channel: string): Promise<LogEvent[]> {
  const events = await history.after(channel, 0, EVERYTHING);
  expect(seqsOf(events)).toEqual(range(1, events.length));
  const expected = replay(events);
  const { messages, head } = await history.messages(channel, { limit: EVERYTHING });
  expect(head).toBe(events.length);
  expect(messages.map(({ reactions, ...message }) => message)).toEqual(events.filter(isMessage));
  for (const message of messages) {
    const { changed, deleted, edited, counts } = expected.get(message.seq) ?? NOTHING;
    expect(message.changed).toBe(changed);
    expect(message.deletedAt !== undefined).toBe(deleted);
    if (deleted) expect(message.body).toBe('');
    else if (edited !== undefined) expect(message.body).toBe(edited);
    expect(countsOf(message)).toEqual(new Map([...counts].filter(([, count]) => count > 0)));
  }
  expect((await history.pins(channel)).map(({ seq }) => seq)).toEqual(pinsIn(events));
  const mentioned = messages.flatMap(({ seq, body }) =>
    [...mentionsIn(body)].sort().map((handle) => ({ seq, handle })),
  );
  expect((await hands.kept(channel)).mentions).toEqual(mentioned);
  return events;
}

const NOTHING: Expected = { changed: undefined, deleted: false, edited: undefined, counts: new Map() };

function replay(events: readonly LogEvent[]): Map<number, Expected> {
  const found = new Map<number, Expected>();
  for (const event of events) {
    if (isMessage(event) || !('target' in event)) continue;
    const state = found.get(event.target) ?? { ...NOTHING, counts: new Map<string, number>() };
    found.set(event.target, state);
    if (event.type === 'reaction') {
      state.counts.set(event.emoji, event.count);
      continue;
    }
    state.changed = event.seq;
    state.edited = event.type === 'edit' ? event.body : undefined;
    if (event.type !== 'delete') continue;
    state.deleted = true;
    state.counts.clear();
  }
  return found;
}

/** seqs of the pins that stand, the last first. */
function pinsIn(events: readonly LogEvent[]): number[] {
  const pins = new Map<number, number>();
  for (const event of events) {
    if (isMessage(event)) continue;
    if (event.type === 'delete') pins.delete(event.target);
    if (event.type !== 'pin') continue;
    if (event.op === 'add') pins.set(event.message, event.seq);
    else pins.delete(event.message);
  }
  return [...pins.values()].sort((a, b) => b - a);
}

/** The number of people is the count, so far as they are named. */
function countsOf({ reactions = [] }: Message): Map<string, number> {
  for (const { count, people } of reactions) expect(people.length).toBe(Math.min(count, 10));
  return new Map(reactions.map(({ emoji, count }) => [emoji, count]));
}
