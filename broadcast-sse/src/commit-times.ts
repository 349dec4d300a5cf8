/**
 * Commit times of a channel's newest events, those that a round has not brought to every reader yet: they tell how long
 * a delivery took. An event costs a number until the next round is over; a reader costs nothing.
 */
export class CommitTimes {
  /** seq of the last event that a whole round has delivered. */
  settled = 0;
  /** ms since 1970, of the events behind `settled`, in order. */
  #times: number[] = [];

  /** Takes the commit time of the event after the last one, ms since 1970. */
  add(committedAt: number): void {
    this.#times.push(committedAt);
  }

  /** The commit time of an event behind `settled`, ms since 1970; NaN for others. */
  of(seq: number): number {
    return this.#times[seq - this.settled - 1] ?? Number.NaN;
  }

  /** Forgets all up to `seq`: a round has delivered them, or they will not come. */
  settle(seq: number): void {
    if (seq <= this.settled) return;
    if (seq - this.settled >= this.#times.length) {
      if (this.#times.length > 0) this.#times = [];
    } else this.#times.splice(0, seq - this.settled);
    this.settled = seq;
  }
}
