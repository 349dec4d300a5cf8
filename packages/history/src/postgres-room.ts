import type { Database, Parameter, Row, Run, Statement } from './database.ts';
import { HistoryFull } from './history.ts';
import { ROOM_BYTES } from './room-bytes.ts';

/** Bytes of a row of what is tried: so few are stored as they are, in the table itself. */
const ROW_BYTES = 1024;

/**
 * A database that knows whether its disk was full, and is still. What changes a row in place, or fits into a page, is written where a post
 * that wants a new page finds no room: so that something was written says little (issue 13, C8).
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

  place(execute: (sql: string) => Promise<Row[]>): Promise<string> {
    return this.#database.place(execute);
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  /**
   * Where something found no room since this last passed: tries whether there is some now, by a table that is filled and taken back, which
   * leaves nothing. As long as nothing did, it costs nothing.
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

/** There was room: the transaction ends with nothing done. */
class TakenBack extends Error {}
