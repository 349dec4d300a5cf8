import type { History, SeqRange } from '@carillon/history';

/**
 * Most seq ranges that are kept while the store does not accept them: some seconds at 10,000 posts a second. Beyond it they are
 * forgotten, and the relay publishes those events a second time.
 */
const MAX_UNWRITTEN = 50_000;

/**
 * The events that this process has published to the bus but not yet marked in the store. Each process marks its own, and the store
 * merges them: if two processes publish for a channel, each has only some of its messages.
 */
export class PublishedMarks {
  /** Per channel, in the order in which they were recorded. */
  readonly #unwritten = new Map<string, { first: number; last: number }[]>();
  #count = 0;

  /** Records that the seqs `first` to `last` of a channel are published, or no longer exist and never will be. */
  published(channel: string, first: number, last: number): void {
    const ranges = this.#unwritten.get(channel);
    const latest = ranges?.at(-1);
    if (latest !== undefined && latest.last === first - 1) {
      latest.last = last;
      return;
    }
    if (this.#count >= MAX_UNWRITTEN) return;
    this.#count++;
    if (ranges === undefined) this.#unwritten.set(channel, [{ first, last }]);
    else ranges.push({ first, last });
  }

  /** Writes what was recorded, in one statement. Throws if the store is unavailable, and keeps it for the next call. */
  async write(history: Pick<History, 'markPublished'>): Promise<void> {
    if (this.#count === 0) return;
    const ranges: SeqRange[] = [];
    for (const [channel, recorded] of this.#unwritten) {
      for (const { first, last } of recorded) ranges.push({ channel, first, last });
    }
    this.#unwritten.clear();
    this.#count = 0;
    try {
      await history.markPublished(ranges);
    } catch (error) {
      for (const { channel, first, last } of ranges) this.published(channel, first, last);
      throw error;
    }
  }
}
