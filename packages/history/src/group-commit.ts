import type { Appended, Draft, History } from './history.ts';
import { HistoryBusy } from './history-errors.ts';

/** Drafts in one transaction: beyond about 100 a row gets no cheaper, and the last ones wait longer. */
const MAX_BATCH = 256;

/** Bytes of bodies in one transaction. */
const MAX_BATCH_BYTES = 2 * 1024 * 1024;

/** Waiting drafts: one second at 10,000 a second. More would only wait longer than their callers do. */
const MAX_WAITING = 10_000;

/** Bytes of waiting bodies. */
const MAX_WAITING_BYTES = 64 * 1024 * 1024;

interface Waiting {
  draft: Draft;
  resolve: (appended: Appended) => void;
  reject: (error: unknown) => void;
}

/**
 * Called after each transaction, before its callers get their answers: number of drafts, duration in seconds, and the
 * drafts.
 */
export type Observe = (drafts: number, seconds: number, which: readonly Draft[]) => void;

/**
 * The single writer of a process. Drafts that arrive during a transaction are committed together in the next: posts get
 * cheaper under load, without a timer or a setting.
 */
export class GroupCommit {
  readonly #history: Pick<History, 'append'>;
  readonly #observe: Observe;
  #waiting: Waiting[] = [];
  #bytes = 0;
  #committing = false;

  constructor(history: Pick<History, 'append'>, observe: Observe = () => {}) {
    this.#history = history;
    this.#observe = observe;
  }

  /** Drafts that wait for a transaction. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /**
   * Resolves when the draft is durable, in order of arrival within a channel.
   *
   * @throws HistoryBusy at once if too many drafts are waiting; whatever `append` throws for its batch.
   */
  append(draft: Draft): Promise<Appended> {
    if (this.#waiting.length >= MAX_WAITING || this.#bytes >= MAX_WAITING_BYTES) {
      return Promise.reject(new HistoryBusy('too many messages are waiting to be stored'));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ draft, resolve, reject });
      this.#bytes += draft.body.length;
      if (!this.#committing) {
        this.#committing = true;
        // After the drafts that arrive in the same tick.
        setImmediate(() => void this.#commitAll());
      }
    });
  }

  async #commitAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      const batch = this.#take();
      const drafts = batch.map(({ draft }) => draft);
      const start = performance.now();
      try {
        const answers = await this.#history.append(drafts);
        for (const [index, { resolve }] of batch.entries()) resolve(answers[index] as Appended);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
      this.#observe(batch.length, (performance.now() - start) / 1_000, drafts);
      // Drafts that arrive because of these answers go into the next batch.
      await new Promise<void>((next) => setImmediate(next));
    }
    this.#committing = false;
  }

  #take(): Waiting[] {
    let count = 0;
    let bytes = 0;
    while (count < this.#waiting.length && count < MAX_BATCH && bytes < MAX_BATCH_BYTES) {
      bytes += this.#waiting[count]?.draft.body.length ?? 0;
      count += 1;
    }
    this.#bytes -= bytes;
    return this.#waiting.splice(0, count);
  }
}
