import type { History } from '@carillon/history';
import { parseCursor, type Since } from '@carillon/protocol';
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
}

/** A reader that has no place yet. */
export interface Newcomer {
  stream: Stream;
  wish: Wish;
  /** Those it asks for, in the order of their names. */
  channels: readonly Channel[];
  /** It was told that the store is away. */
  told: boolean;
}

interface Host {
  history: Pick<History, 'epoch' | 'seqBefore'>;
  /** Asks the store about these channels; throws where it is away. */
  learn(channels: readonly Channel[]): Promise<void>;
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

  constructor(host: Host) {
    this.#host = host;
  }

  /** Channels that somebody waits for. */
  get awaited(): Set<Channel> {
    return new Set([...this.#newcomers, ...this.#underWay].flatMap(({ channels }) => channels));
  }

  /** Seats the newcomer now if that needs no question to the store; if it does, it waits for {@link seatAll}. */
  take(newcomer: Newcomer): 'seated' | 'waits' {
    const starts = this.#startsNow(newcomer);
    if (starts === undefined) {
      this.#newcomers.push(newcomer);
      return 'waits';
    }
    this.#host.seat(newcomer, starts);
    return 'seated';
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
    const waiting = new Set(newcomers);
    try {
      await this.#host.learn([...new Set(newcomers.flatMap(({ channels }) => channels))]);
      for (const newcomer of newcomers) {
        const starts = this.#startsNow(newcomer) ?? (await this.#startsByStore(newcomer));
        waiting.delete(newcomer);
        if (!newcomer.stream.closed) this.#host.seat(newcomer, starts);
      }
      return true;
    } catch {
      for (const newcomer of waiting) {
        if (!newcomer.told) this.#host.tellAway(newcomer);
        newcomer.told = true;
        this.#newcomers.push(newcomer);
      }
      return false;
    }
  }

  #startsNow({ channels, wish }: Newcomer): Start[] | undefined {
    if (!channels.every(({ known }) => known)) return undefined;
    const places = this.#placesIn(wish);
    if (places === undefined || 'reset' in places) {
      if (wish.since.kind === 'age') return undefined;
      return channels.map((channel) => ({ ...startSince(wish.since, channel, 0), ...places }));
    }
    // A cursor from another node may be ahead of this one; only the store can tell it from a forged one.
    if (channels.some(({ name, head }) => (places.get(name) ?? 0) > head)) return undefined;
    return channels.map((channel) => startAtCursor(places.get(channel.name) ?? 0, channel));
  }

  /** What {@link #startsNow} could not tell, just after the store has told of all channels. */
  async #startsByStore({ channels, wish }: Newcomer): Promise<Start[]> {
    const places = this.#placesIn(wish);
    const starts: Start[] = [];
    for (const channel of channels) {
      if (places === undefined || 'reset' in places) {
        const { since } = wish;
        const before = since.kind === 'age' ? await this.#host.history.seqBefore(channel.name, since.ms) : 0;
        starts.push({ ...startSince(since, channel, before), ...places });
      } else {
        const head = Math.max(channel.head, channel.expected);
        starts.push(startAtCursor(places.get(channel.name) ?? 0, { earliest: channel.earliest, head }));
      }
    }
    return starts;
  }

  #placesIn({
    cursor,
    channels,
  }: Wish): ReadonlyMap<string, number> | { reset: NonNullable<Start['reset']> } | undefined {
    if (cursor === undefined) return undefined;
    const parsed = parseCursor(cursor, this.#host.history.epoch, channels);
    return parsed.ok ? parsed.positions : { reset: parsed.reason };
  }
}
