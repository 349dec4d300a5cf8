import { addTo, removeFrom } from './indexed-list.ts';
import type { Ending, Stream } from './stream.ts';

/** Streams that end within the same tick end together, ms: a stream ends this late at most. */
export const EXPIRY_TICK_MS = 250;

/** A single wheel for all streams that end by themselves. A stream has no timer, and a stream without an end costs nothing. */
export class Expiry {
  readonly #endings = new Map<number, Ending[]>();
  /** The last tick that was handled. */
  #tick: number;

  /** `now` in ms since 1970. */
  constructor(now: number) {
    this.#tick = tickOf(now);
  }

  /** `endsAt` in ms since 1970; a stream whose end has passed already ends with the next tick. */
  add(stream: Stream, endsAt: number): void {
    const tick = Math.max(tickOf(endsAt), this.#tick) + 1;
    const ending: Ending = { stream, tick, index: -1 };
    let list = this.#endings.get(tick);
    if (list === undefined) {
      list = [];
      this.#endings.set(tick, list);
    }
    addTo(list, ending);
    stream.ending = ending;
  }

  remove(stream: Stream): void {
    const { ending } = stream;
    if (ending === undefined) return;
    stream.ending = undefined;
    const list = this.#endings.get(ending.tick);
    if (list === undefined) return;
    removeFrom(list, ending);
    if (list.length === 0) this.#endings.delete(ending.tick);
  }

  /** Removes and returns the streams whose time has come at `now`, ms since 1970; to be called every {@link EXPIRY_TICK_MS}. */
  expired(now: number): Stream[] {
    const until = tickOf(now);
    // After a jump of the clock there are more ticks between than ticks that hold anything.
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
