import { join, leave } from './place.ts';
import type { Stream } from './subscriber.ts';

/** Streams that end within the same stretch of time end together, ms: what one is late at most. */
export const EXPIRY_TICK_MS = 250;

/** A stream that ends by itself: it stands in the list of those that end with it. */
export interface Ending {
  readonly stream: Stream;
  readonly tick: number;
  place: number;
}

/** One wheel for all streams that end by themselves. A stream has no timer, and one that does not end so costs nothing. */
export class Expiry {
  readonly #endings = new Map<number, Ending[]>();
  /** The last tick that was looked at. */
  #tick: number;

  /** `now` in ms since 1970. */
  constructor(now: number) {
    this.#tick = tickOf(now);
  }

  /** `endsAt` in ms since 1970; one that should have ended already ends in the next turn. */
  add(stream: Stream, endsAt: number): void {
    const tick = Math.max(tickOf(endsAt), this.#tick) + 1;
    const ending: Ending = { stream, tick, place: -1 };
    let list = this.#endings.get(tick);
    if (list === undefined) {
      list = [];
      this.#endings.set(tick, list);
    }
    join(list, ending);
    stream.ending = ending;
  }

  remove(stream: Stream): void {
    const { ending } = stream;
    if (ending === undefined) return;
    stream.ending = undefined;
    const list = this.#endings.get(ending.tick);
    if (list === undefined) return;
    leave(list, ending);
    if (list.length === 0) this.#endings.delete(ending.tick);
  }

  /** Takes out the streams whose time has come; to be called every {@link EXPIRY_TICK_MS}. */
  expired(now: number): Stream[] {
    const until = tickOf(now);
    // After a jump of the clock the ticks between are more than those that hold anything.
    const ticks =
      until - this.#tick > this.#endings.size
        ? [...this.#endings.keys()].filter((tick) => tick <= until)
        : Array.from({ length: Math.max(0, until - this.#tick) }, (_, index) => this.#tick + 1 + index);
    this.#tick = Math.max(until, this.#tick);
    const streams = ticks.flatMap((tick) => (this.#endings.get(tick) ?? []).map(({ stream }) => stream));
    for (const tick of ticks) this.#endings.delete(tick);
    for (const stream of streams) stream.ending = undefined;
    return streams;
  }
}

const tickOf = (ms: number): number => Math.floor(ms / EXPIRY_TICK_MS);
