import type { Database, Row } from './database.ts';
import { HistoryUnavailable } from './history-errors.ts';
import { migrate } from './migrations.ts';
import { EPOCH } from './statements.ts';

/**
 * The store that a process has open. The one behind its URL may be replaced while the process is running: by a restore,
 * another server, or an operator who changes the epoch. Answers that identify their store reveal this.
 */
export class KnownStore {
  readonly #database: Database;
  #epoch = '';
  #mark = '';
  #opening: Promise<void> | undefined;

  private constructor(database: Database) {
    this.#database = database;
  }

  /** Migrates the store, and sets its epoch if it has none or is a copy. */
  static async open(database: Database): Promise<KnownStore> {
    const store = new KnownStore(database);
    await store.#open();
    return store;
  }

  get epoch(): string {
    return this.#epoch;
  }

  /** Identifies the store in its answers, and in statements that must not reach another store. */
  get mark(): string {
    return this.#mark;
  }

  /**
   * Checks the mark that came with an answer. If it belongs to another store, the store is opened anew; resolves when
   * its epoch is known. Throws HistoryUnavailable if the answer is not from the store that is then open: two stores are
   * behind one URL, as during a failover.
   */
  async recognize(mark: Row[string] | undefined): Promise<void> {
    if (mark === this.#mark) return;
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    await this.#opening;
    if (typeof mark === 'string' && locationIn(mark) !== locationIn(this.#mark))
      throw new HistoryUnavailable('a different store answered');
  }

  async #open(): Promise<void> {
    await migrate(this.#database);
    const [found] = await this.#database.run(EPOCH, []);
    // Somebody has just removed the epoch.
    if (found === undefined) throw new HistoryUnavailable('the store has no epoch');
    this.#epoch = String(found.value);
    this.#mark = String(found.store);
  }
}

/** The table and the server, without the epoch, which changes in a copy. */
function locationIn(mark: string): string {
  return mark.slice(mark.indexOf('.'));
}
