/** A broker that was away for minutes leaves a hole each second in each busy channel: the newest are kept. */
const MAX_STRETCHES = 256;

/** Events that were read from the store since the bus had not brought them, and how they got to their readers. Times in ms since 1970. */
export interface Stretch {
  readonly channel: string;
  readonly from: number;
  readonly to: number;
  readonly read: { readonly start: number; readonly end: number };
  readonly round: { readonly start: number; readonly end: number; readonly writes: number };
}

/**
 * The newest stretches that came by way of the store. Of which trace their events are is known only once the relay has
 * published them again; then the trace goes on with what has happened.
 */
export class Backfilled {
  #stretches: Stretch[] = [];

  keep(stretch: Stretch): void {
    this.#stretches.push(stretch);
    if (this.#stretches.length > MAX_STRETCHES) this.#stretches.shift();
  }

  find(channel: string, seq: number): Stretch | undefined {
    return this.#stretches.findLast((each) => each.channel === channel && each.from <= seq && seq <= each.to);
  }
}
