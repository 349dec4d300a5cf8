/**
 * When the newest events of a channel were committed: those that not yet every reader has been visited with. By them a round
 * tells how long a message took. An event costs a number until the next round is over; a reader costs nothing.
 */
export class CommitTimes {
  /** seq of the last event that a whole round has gone round with. */
  settled = 0;
  /** ms since 1970, of the events behind `settled`, in order. */
  #times: number[] = [];

  /** Takes the time of the event after the last one. */
  add(committedAt: number): void {
    this.#times.push(committedAt);
  }

  /** Of an event behind `settled`, ms since 1970. */
  of(seq: number): number {
    return this.#times[seq - this.settled - 1] ?? Number.NaN;
  }

  /** Forgets all up to `seq`: a round has gone round with them, or they are not to come. */
  settle(seq: number): void {
    if (seq <= this.settled) return;
    if (seq - this.settled >= this.#times.length) {
      if (this.#times.length > 0) this.#times = [];
    } else this.#times.splice(0, seq - this.settled);
    this.settled = seq;
  }
}
