import type { Extent, History } from '@carillon/history';
import { Problem, parseCursor, type Since } from '@carillon/protocol';
import type { Channel } from './channel.ts';
import { type Start, startAtCursor, startSince } from './start.ts';
import type { Stream } from './subscriber.ts';

/** What a reader asks for. */
export interface Wish {
  /** Distinct names. */
  channels: readonly string[];
  /** The cursor it came with; where it is void, the stream says so and starts by `since`. */
  cursor?: string;
  since: Since;
  /** How often it wants to hear of the server, s; undefined: as often as others do. */
  heartbeatSeconds?: number;
}

/** A reader that has no place yet. */
export interface Newcomer {
  stream: Stream;
  wish: Wish;
  /** Those it asks for, in the order of their names. */
  channels: readonly Channel[];
  /** It was told that the store is away. */
  told: boolean;
  /** Of channels of which the store has less than this reader had: how far it went, by name. What came since is new to it. */
  fellBackTo?: ReadonlyMap<string, number>;
}

interface Host {
  history: Pick<History, 'seqBefore'>;
  /** Whose cursors are good. */
  epoch(): string;
  /** Asks the store about these channels; throws where it is away. */
  learn(channels: readonly Channel[]): Promise<void>;
  /** Lets pass a newcomer that may read what it asks for; throws a problem for another, and what the store throws. */
  mayRead(newcomer: Newcomer): undefined | Promise<undefined>;
  /** Sends away one that may not. */
  deny(newcomer: Newcomer, problem: Problem): void;
  /** Gives a newcomer its places, one start for each of its channels. */
  seat(newcomer: Newcomer, starts: readonly Start[]): void;
  /** Tells a newcomer that the store is away. */
  tellAway(newcomer: Newcomer): void;
}

/**
 * Finds out where each newcomer starts: at once where all its channels are known here, else with one question to the
 * store about all that came together. With the store away they wait, and are told so.
 */
export class Seating {
  readonly #host: Host;
  #newcomers: Newcomer[] = [];
  /** Those the store is being asked about. */
  #underWay: Newcomer[] = [];
  #seating = false;
  /** Those who start at an age. That takes a question for each of their channels, so they keep nobody else waiting. */
  #aged: Newcomer[] = [];
  #agedUnderWay: Newcomer | undefined;
  /** Those of whom the store is asked whether they may. */
  readonly #asked = new Set<Newcomer>();

  constructor(host: Host) {
    this.#host = host;
  }

  /** Channels that somebody waits for. */
  get awaited(): Set<Channel> {
    const aged = this.#agedUnderWay === undefined ? this.#aged : [...this.#aged, this.#agedUnderWay];
    const waiting = [...this.#newcomers, ...this.#underWay, ...this.#asked, ...aged];
    return new Set(waiting.flatMap(({ channels }) => channels));
  }

  /** Seats the newcomer now if that needs no question to the store; if it does, it waits for {@link seatAll}. */
  take(newcomer: Newcomer): 'seated' | 'waits' {
    const starts = this.#startsNow(newcomer);
    if (starts === undefined) {
      this.#newcomers.push(newcomer);
      return 'waits';
    }
    const answer = this.#seatIfAllowed(newcomer, starts);
    return answer === undefined ? 'seated' : 'waits';
  }

  /** Seats all who wait, as far as the store answers; the others go on waiting. */
  async seatAll(): Promise<void> {
    if (this.#seating) return;
    this.#seating = true;
    let answered = true;
    while (answered && this.#newcomers.length > 0) {
      this.#underWay = this.#newcomers.filter(({ stream }) => !stream.closed);
      this.#newcomers = [];
      answered = await this.#seatTogether(this.#underWay);
    }
    this.#underWay = [];
    this.#seating = false;
  }

  /** False where the store did not answer. */
  async #seatTogether(newcomers: readonly Newcomer[]): Promise<boolean> {
    try {
      await this.#host.learn([...new Set(newcomers.flatMap(({ channels }) => channels))]);
    } catch {
      for (const newcomer of newcomers) this.#keepWaiting(newcomer);
      return false;
    }
    for (const newcomer of newcomers) {
      if (newcomer.stream.closed) continue;
      const starts = this.#startsNow(newcomer) ?? this.#startsAhead(newcomer);
      if (starts === undefined) this.#aged.push(newcomer);
      else void this.#seatIfAllowed(newcomer, starts);
    }
    if (this.#agedUnderWay === undefined) void this.#seatAged();
    return true;
  }

  async #seatAged(): Promise<void> {
    for (let next = this.#aged.shift(); next !== undefined; next = this.#aged.shift()) {
      if (next.stream.closed) continue;
      this.#agedUnderWay = next;
      try {
        const starts = await this.#startsByAge(next);
        // Its channels may have begun anew meanwhile.
        if (next.channels.every(({ known }) => known)) {
          if (!next.stream.closed) void this.#seatIfAllowed(next, starts);
        } else {
          this.#newcomers.push(next);
          void this.seatAll();
        }
      } catch {
        this.#keepWaiting(next);
      }
      this.#agedUnderWay = undefined;
    }
  }

  /**
   * It was let in a moment ago, or a long while before, when the store was away and knew nothing of it: what has changed since
   * counts. Gives a promise where the store has to be asked.
   */
  #seatIfAllowed(newcomer: Newcomer, starts: readonly Start[]): undefined | Promise<void> {
    try {
      const answer = this.#host.mayRead(newcomer);
      if (answer !== undefined) return this.#seatOnceAllowed(newcomer, answer);
      this.#host.seat(newcomer, starts);
    } catch (error) {
      this.#refuse(newcomer, error);
    }
    return undefined;
  }

  /** By then its channels may have come further: it is looked at anew. */
  async #seatOnceAllowed(newcomer: Newcomer, answer: Promise<undefined>): Promise<void> {
    this.#asked.add(newcomer);
    try {
      await answer;
    } catch (error) {
      this.#refuse(newcomer, error);
      return;
    } finally {
      this.#asked.delete(newcomer);
    }
    if (newcomer.stream.closed) return;
    this.#newcomers.push(newcomer);
    await this.seatAll();
  }

  #refuse(newcomer: Newcomer, error: unknown): void {
    if (error instanceof Problem) this.#host.deny(newcomer, error);
    else this.#keepWaiting(newcomer);
  }

  #keepWaiting(newcomer: Newcomer): void {
    if (newcomer.stream.closed) return;
    if (!newcomer.told) this.#host.tellAway(newcomer);
    newcomer.told = true;
    this.#newcomers.push(newcomer);
  }

  #startsNow({ channels, wish, fellBackTo }: Newcomer): Start[] | undefined {
    if (!channels.every(({ known }) => known)) return undefined;
    const places = this.#placesIn(wish);
    if (places === undefined || 'reset' in places) {
      if (wish.since.kind === 'age') return undefined;
      return channels.map((channel) => ({ ...startSince(wish.since, channel, 0), ...places }));
    }
    const isAhead = ({ name, head }: Channel) => (fellBackTo?.get(name) ?? places.get(name) ?? 0) > head;
    // A cursor from another node may be ahead of this one; only the store can tell it from a forged one.
    if (channels.some(isAhead)) return undefined;
    return channels.map((channel) => startAt(places, fellBackTo, channel.name, channel));
  }

  /** Where a cursor leads that is ahead of this node, just after the store has told how far the channels are. */
  #startsAhead({ channels, wish, fellBackTo }: Newcomer): Start[] | undefined {
    const places = this.#placesIn(wish);
    if (places === undefined || 'reset' in places) return undefined;
    return channels.map(({ name, earliest, head, expected }) =>
      startAt(places, fellBackTo, name, { earliest, head: Math.max(head, expected) }),
    );
  }

  async #startsByAge({ channels, wish }: Newcomer): Promise<Start[]> {
    const { since } = wish;
    const places = this.#placesIn(wish);
    const reset = places !== undefined && 'reset' in places ? places : {};
    return Promise.all(
      channels.map(async (channel) => {
        const before = since.kind === 'age' ? await this.#host.history.seqBefore(channel.name, since.ms) : 0;
        return { ...startSince(since, channel, before), ...reset };
      }),
    );
  }

  #placesIn({
    cursor,
    channels,
  }: Wish): ReadonlyMap<string, number> | { reset: NonNullable<Start['reset']> } | undefined {
    if (cursor === undefined) return undefined;
    const parsed = parseCursor(cursor, this.#host.epoch(), channels);
    return parsed.ok ? parsed.positions : { reset: parsed.reason };
  }
}

function startAt(
  places: ReadonlyMap<string, number>,
  fellBackTo: Newcomer['fellBackTo'],
  name: string,
  extent: Extent,
): Start {
  const seq = fellBackTo?.get(name);
  if (seq === undefined) return startAtCursor(places.get(name) ?? 0, extent);
  return { reset: 'ahead', ...startAtCursor(seq, extent) };
}
