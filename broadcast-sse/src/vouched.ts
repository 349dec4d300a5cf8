import { type Stretch, TIMES_MODULUS, type ToldExtent } from '@carillon/history';

/** What the store is asked about, and what its answer has to be. */
export interface Doubt {
  stretch: Stretch;
  times: number;
}

/**
 * How far what this node has of a channel is known to be what the store has. An event from the bus is believed at once, for readers
 * wait for it; who can write to the broker may have made it up, and the real one of its seq is then taken for a repeat. So its time is
 * added to those that the next question about heads compares with the store's.
 */
export class Vouched {
  /** seq of the last event that is known to be the store's. */
  upTo = 0;
  #times = 0;

  /** Takes the event that follows all others: `ms` is when it was committed. */
  add(seq: number, ms: number, fromStore: boolean): void {
    if (fromStore && this.upTo === seq - 1) this.upTo = seq;
    else this.#times += ms % TIMES_MODULUS;
  }

  /** Nothing up to `seq` is in doubt. */
  settle(seq: number): void {
    this.upTo = seq;
    this.#times = 0;
  }

  /** Undefined where nothing is in doubt up to `head`. */
  doubt(channel: string, head: number): Doubt | undefined {
    if (head <= this.upTo) return undefined;
    return { stretch: { channel, first: this.upTo + 1, last: head }, times: this.#times };
  }

  /**
   * Takes the store's answer, and says whether it is as it had to be. What came meanwhile stays in doubt. Of events that the store
   * keeps no more it cannot tell, and an answer about what is settled already tells nothing.
   */
  confirm({ stretch: { first, last }, times }: Doubt, told: ToldExtent): boolean {
    if (this.upTo !== first - 1) return true;
    if (told.earliest <= first && told.times !== times) return false;
    this.upTo = last;
    this.#times -= times;
    return true;
  }
}
