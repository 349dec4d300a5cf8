import { type Author, author, displayName, MAX_LISTED_PEOPLE, type PresenceEvent } from '@carillon/protocol';
import { z } from 'zod';
import { RETURN_MS } from './presence.ts';

/**
 * Limit of people on one channel that a node reports by name. Beyond it the report only has their number: this keeps
 * what is written and read each second under {@link MAX_PART_BYTES}, and an unnamed person on two nodes counts twice.
 */
const MAX_NAMED_PEOPLE = 500;

/** 500 people with the longest ids and names, in JSON, with room to spare. */
export const MAX_PART_BYTES = 256 * 1024;

/** One node's report on one channel. It is read from Redis, so it is validated. */
export const part = z.object({
  anonymous: z.int().min(0),
  more: z.int().min(0),
  people: z.array(author.extend({ name: displayName })).max(MAX_NAMED_PEOPLE),
});
export type Part = z.infer<typeof part>;

interface Person {
  name: string;
  streams: number;
  /** When the last stream was closed, ms on this process's clock. */
  leftAt: number;
}

interface Occupants {
  anonymous: number;
  /** By id. */
  people: Map<string, Person>;
}

/** The streams of this node by channel: a counter for streams without a session, an entry for each person. */
export class Roster {
  readonly #channels = new Map<string, Occupants>();
  #leaving: { channel: string; id: string; at: number }[] = [];
  #changed = new Set<string>();

  get channels(): Iterable<string> {
    return this.#channels.keys();
  }

  has(channel: string): boolean {
    return this.#channels.has(channel);
  }

  join(channel: string, person: Author | undefined): void {
    const occupants = this.#channels.get(channel) ?? { anonymous: 0, people: new Map() };
    this.#channels.set(channel, occupants);
    this.#changed.add(channel);
    if (person === undefined) {
      occupants.anonymous += 1;
      return;
    }
    const known = occupants.people.get(person.id);
    if (known === undefined) occupants.people.set(person.id, { name: person.name, streams: 1, leftAt: 0 });
    else {
      known.streams += 1;
      known.name = person.name;
    }
  }

  leave(channel: string, person: Author | undefined, now: number): void {
    const occupants = this.#channels.get(channel);
    if (occupants === undefined) return;
    if (person === undefined) {
      occupants.anonymous -= 1;
      this.#changed.add(channel);
      this.#forgetEmpty(channel, occupants);
      return;
    }
    const known = occupants.people.get(person.id);
    if (known === undefined) return;
    known.streams -= 1;
    if (known.streams > 0) return;
    known.leftAt = now;
    this.#leaving.push({ channel, id: person.id, at: now });
  }

  /** Removes people who have not returned; returns the channels that changed since the last call. */
  changes(now: number): Set<string> {
    const stay = this.#leaving.findIndex(({ at }) => now - at < RETURN_MS);
    const gone = this.#leaving.splice(0, stay < 0 ? this.#leaving.length : stay);
    for (const { channel, id, at } of gone) {
      const occupants = this.#channels.get(channel);
      const person = occupants?.people.get(id);
      if (occupants === undefined || person === undefined || person.streams > 0 || person.leftAt !== at)
        continue;
      occupants.people.delete(id);
      this.#changed.add(channel);
      this.#forgetEmpty(channel, occupants);
    }
    const changed = this.#changed;
    this.#changed = new Set();
    return changed;
  }

  partOf(channel: string): Part {
    const { anonymous, people } = this.#channels.get(channel) ?? { anonymous: 0, people: new Map() };
    const named: Author[] = [];
    for (const [id, { name }] of people) {
      if (named.length >= MAX_NAMED_PEOPLE) break;
      named.push({ id, name });
    }
    return { anonymous, more: people.size - named.length, people: named };
  }

  #forgetEmpty(channel: string, { anonymous, people }: Occupants): void {
    if (anonymous === 0 && people.size === 0) this.#channels.delete(channel);
  }
}

/** Merges the reports of all nodes on a channel: a person on several nodes counts once. */
export function together(channel: string, parts: readonly Part[]): PresenceEvent {
  const people = new Map<string, Author>();
  let anonymous = 0;
  let more = 0;
  for (const one of parts) {
    anonymous += one.anonymous;
    more += one.more;
    for (const person of one.people) people.set(person.id, person);
  }
  const listed = [...people.values()].sort((a, b) => (a.id < b.id ? -1 : 1)).slice(0, MAX_LISTED_PEOPLE);
  return { channel, count: people.size + more, anonymous, people: listed };
}
