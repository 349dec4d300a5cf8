import type { History, SeqRange } from '@carillon/history';

/**
 * Stretches kept while the store does not take them: at 10,000 posts a second what some seconds bring. More are
 * forgotten, and relayed once too often.
 */
const MAX_UNWRITTEN = 50_000;

/**
 * What this process has put on the bus and not yet noted in the store. Each process notes its own, and the store puts
 * them together: of a channel that two publish, each has every other message.
 */
export class PublishedMarks {
  /** By channel, in the order noted. */
  readonly #unwritten = new Map<string, { first: number; last: number }[]>();
  #count = 0;

  /** Notes that `first` to `last` of a channel are published, or are gone and will never be. */
  published(channel: string, first: number, last: number): void {
    const stretches = this.#unwritten.get(channel);
    const latest = stretches?.at(-1);
    if (latest !== undefined && latest.last === first - 1) {
      latest.last = last;
      return;
    }
    if (this.#count >= MAX_UNWRITTEN) return;
    this.#count++;
    if (stretches === undefined) this.#unwritten.set(channel, [{ first, last }]);
    else stretches.push({ first, last });
  }

  /** Writes what was noted, in one statement. Where the store is away it throws, and it is kept for the next time. */
  async write(history: Pick<History, 'markPublished'>): Promise<void> {
    if (this.#count === 0) return;
    const stretches: SeqRange[] = [];
    for (const [channel, noted] of this.#unwritten) {
      for (const { first, last } of noted) stretches.push({ channel, first, last });
    }
    this.#unwritten.clear();
    this.#count = 0;
    try {
      await history.markPublished(stretches);
    } catch (error) {
      for (const { channel, first, last } of stretches) this.published(channel, first, last);
      throw error;
    }
  }
}
