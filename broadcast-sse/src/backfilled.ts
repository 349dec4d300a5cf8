/** A broker that was away for minutes leaves a hole each second in each busy channel: the newest are kept. */
const MAX_RANGES = 256;

/** Events that were read from the store because the bus had not brought them, and how they were delivered. Times in ms since 1970. */
export interface BackfilledRange {
  readonly channel: string;
  /** First and last seq. */
  readonly from: number;
  readonly to: number;
  readonly read: { readonly start: number; readonly end: number };
  readonly round: { readonly start: number; readonly end: number; readonly writes: number };
}

/**
 * The newest events that came from the store. Their traces are known only once the relay has published them again; then
 * the trace is completed with these times.
 */
export class Backfilled {
  #ranges: BackfilledRange[] = [];

  keep(range: BackfilledRange): void {
    this.#ranges.push(range);
    if (this.#ranges.length > MAX_RANGES) this.#ranges.shift();
  }

  find(channel: string, seq: number): BackfilledRange | undefined {
    return this.#ranges.findLast(
      (range) => range.channel === channel && range.from <= seq && seq <= range.to,
    );
  }
}
