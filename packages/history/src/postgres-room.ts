import type { Database, Parameter, Row, Run, Statement } from './database.ts';
import { HistoryFull } from './history-errors.ts';
import { ROOM_BYTES } from './room-bytes.ts';

/** Bytes of a test row: small enough to be stored in the table itself. */
const ROW_BYTES = 1024;

/**
 * A database that knows whether its disk was full, and still is. An update in place, or a row that fits into a page,
 * succeeds even if a post that needs a new page finds no room: so a successful write proves little (issue 13, C8).
 */
export class PostgresRoom implements Database {
  readonly #database: Database;
  #wasFull = false;

  constructor(database: Database) {
    this.#database = database;
  }

  run(statement: Statement, parameters: readonly Parameter[]): Promise<Row[]> {
    return this.#noting(this.#database.run(statement, parameters));
  }

  atomically<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return this.#noting(this.#database.atomically(work));
  }

  transaction(work: (execute: (sql: string) => Promise<Row[]>) => Promise<void>): Promise<void> {
    return this.#noting(this.#database.transaction(work));
  }

  location(execute: (sql: string) => Promise<Row[]>): Promise<string> {
    return this.#database.location(execute);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  /**
   * After a write found the disk full, checks whether there is room now, by filling a table and rolling back, which
   * leaves nothing behind. Costs nothing until then.
   *
   * @throws HistoryFull until there is room.
   */
  async expectRoom(): Promise<void> {
    if (!this.#wasFull) return;
    const tried = this.#database.transaction(async (execute) => {
      await execute('create unlogged table room_wanted (filler text)');
      await execute(
        `insert into room_wanted select repeat('x', ${ROW_BYTES}) from generate_series(1, ${ROOM_BYTES / ROW_BYTES})`,
      );
      throw new TakenBack();
    });
    await tried.catch((error: unknown) => {
      if (!(error instanceof TakenBack)) throw error;
    });
    this.#wasFull = false;
  }

  async #noting<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      if (error instanceof HistoryFull) this.#wasFull = true;
      throw error;
    }
  }
}

/** There was room: the transaction is rolled back. */
class TakenBack extends Error {}
