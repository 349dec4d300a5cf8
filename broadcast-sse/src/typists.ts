import { type Author, MAX_TYPING_PEOPLE, TYPING_MS } from '@carillon/protocol';
import type { Clock } from './clock.ts';
import type { Channel } from './stream.ts';

/** People of a channel that are known to type: those who are listed, and some to follow them. Others are left out. */
const MAX_KNOWN = 4 * MAX_TYPING_PEOPLE;

interface Typist {
  person: Author;
  /** Clock ms. */
  until: number;
}

/** The people who type on the channels that are read here, each for {@link TYPING_MS} or until their message comes. */
export class Typists {
  readonly #clock: Clock;
  readonly #changed: (channel: Channel) => void;
  /** By id, in the order in which they began. A channel where nobody types has no entry. */
  readonly #typing = new Map<Channel, Map<string, Typist>>();

  /** `changed` is called with a channel where somebody began or stopped. */
  constructor(clock: Clock, changed: (channel: Channel) => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** Whether anybody types anywhere. */
  get any(): boolean {
    return this.#typing.size > 0;
  }

  typed(channel: Channel, person: Author): void {
    const typing = this.#typing.get(channel) ?? this.#begin(channel);
    const known = typing.get(person.id);
    if (known === undefined && typing.size >= MAX_KNOWN) return;
    const until = this.#clock.now() + TYPING_MS;
    typing.set(person.id, { person, until });
    if (known?.person.name !== person.name) this.#changed(channel);
  }

  /** A message of the person with this id has come. */
  posted(channel: Channel, id: string): void {
    const typing = this.#typing.get(channel);
    if (typing?.delete(id)) this.#changed(channel);
  }

  /** The first of them, at most {@link MAX_TYPING_PEOPLE}. */
  of(channel: Channel): Author[] {
    const listed: Author[] = [];
    for (const { person } of this.#typing.get(channel)?.values() ?? []) {
      if (listed.length === MAX_TYPING_PEOPLE) break;
      listed.push(person);
    }
    return listed;
  }

  forget(channel: Channel): void {
    this.#typing.delete(channel);
  }

  /** One timer for each channel where anybody types. */
  #begin(channel: Channel): Map<string, Typist> {
    const typing = new Map<string, Typist>();
    this.#typing.set(channel, typing);
    const expire = () => {
      if (this.#typing.get(channel) !== typing) return;
      const now = this.#clock.now();
      let next = Number.POSITIVE_INFINITY;
      const before = typing.size;
      for (const [id, { until }] of typing) {
        if (until <= now) typing.delete(id);
        else next = Math.min(next, until);
      }
      if (typing.size < before) this.#changed(channel);
      if (typing.size === 0) this.#typing.delete(channel);
      else this.#clock.later(next - now, expire);
    };
    this.#clock.later(TYPING_MS, expire);
    return typing;
  }
}
