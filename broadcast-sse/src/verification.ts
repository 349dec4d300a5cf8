import { type ExtentWithTimes, type SeqRange, TIMES_MODULUS } from '@carillon/history';

/** Events to compare with the store: their seqs, and the sum of their commit times that the store has to answer. */
export interface Unverified {
  stretch: SeqRange;
  times: number;
}

/**
 * Checks a channel's events from the bus against the store. An event from the bus is delivered at once, because readers wait for
 * it. But anybody who can write to the broker may have made it up, and the real event with its seq is then dropped as a repeat.
 * So its commit time is added to a sum, which the next question about heads compares with the store's.
 */
export class Verification {
  /** seq up to which the events here are known to be the store's. */
  upTo = 0;
  #times = 0;

  /** Takes the event after the last one; `ms` is its commit time, ms since 1970. */
  add(seq: number, ms: number, fromStore: boolean): void {
    if (fromStore && this.upTo === seq - 1) this.upTo = seq;
    else this.#times += ms % TIMES_MODULUS;
  }

  /** All events up to `seq` count as verified. */
  settle(seq: number): void {
    this.upTo = seq;
    this.#times = 0;
  }

  /** The events up to `head` that have to be compared; undefined if there are none. */
  unverified(channel: string, head: number): Unverified | undefined {
    if (head <= this.upTo) return undefined;
    return { stretch: { channel, first: this.upTo + 1, last: head }, times: this.#times };
  }

  /**
   * Takes the store's answer about `asked`. Returns false if the store has other events. Events that came meanwhile stay
   * unverified. The store cannot tell about expired events, and an answer about events that are settled by now says nothing.
   */
  confirm({ stretch: { first, last }, times }: Unverified, answer: ExtentWithTimes): boolean {
    if (this.upTo !== first - 1) return true;
    if (answer.earliest <= first && answer.times !== times) return false;
    this.upTo = last;
    this.#times -= times;
    return true;
  }
}
