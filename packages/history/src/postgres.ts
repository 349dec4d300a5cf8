import pg from 'pg';
import {
  asUnavailable,
  type Database,
  type Parameter,
  PLANNER_SETTINGS,
  type Row,
  type Statement,
} from './database.ts';
import { HistoryUnavailable } from './history.ts';

/** Connections of one process: one writer, a few readers, one spare. */
const MAX_CONNECTIONS = 8;

/** A server that does not answer for this long is away, ms: shorter than a caller's own patience. */
const CONNECT_TIMEOUT_MS = 2_000;

/** What takes longer than this on the server is given up there, ms; and here a little later, should the server be frozen. */
const STATEMENT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 6_000;

const SETTINGS = [...PLANNER_SETTINGS, 'default_transaction_isolation=read\\ committed'];

const INT8 = 20;
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/** PostgreSQL 14 or newer, by its URL. Connects when first used, and again by itself after an outage. */
export function openPostgres(url: string): Database {
  return new Postgres(
    new pg.Pool({
      connectionString: url,
      max: MAX_CONNECTIONS,
      connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
      statement_timeout: STATEMENT_TIMEOUT_MS,
      query_timeout: QUERY_TIMEOUT_MS,
      keepAlive: true,
      application_name: 'carillon',
      options: SETTINGS.map((setting) => `-c ${setting}`).join(' '),
      types,
    }),
  );
}

class Postgres implements Database {
  readonly #pool: pg.Pool;

  constructor(pool: pg.Pool) {
    this.#pool = pool;
    // A connection that ends while no statement runs on it is replaced when next needed. The pool hears of it while the
    // connection is idle; in between two statements nobody would, and an error that nobody hears ends the process.
    pool.on('error', () => {});
    pool.on('connect', (client) => client.on('error', () => {}));
  }

  run({ name, text }: Statement, parameters: readonly Parameter[]): Promise<Row[]> {
    return this.#connected(async (client) => {
      const { rows } = await client.query<Row>({ name, text, values: [...parameters] });
      return rows;
    });
  }

  async transaction(work: (execute: (sql: string) => Promise<Row[]>) => Promise<void>): Promise<void> {
    let failure: unknown;
    await this.#connected(async (client) => {
      await client.query('begin');
      try {
        await work(async (sql) => (await client.query<Row>(sql)).rows);
        await client.query('commit');
      } catch (error) {
        await client.query('rollback');
        failure = error;
      }
    });
    if (failure !== undefined) throw failure;
  }

  async close(): Promise<void> {
    if (!this.#pool.ended) await this.#pool.end();
  }

  async #connected<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const client = await this.#connect();
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      const away = asUnavailable(error, 'PostgreSQL');
      client.release(away !== undefined);
      throw away ?? error;
    }
  }

  async #connect(): Promise<pg.PoolClient> {
    try {
      return await this.#pool.connect();
    } catch (cause) {
      throw new HistoryUnavailable('PostgreSQL cannot be reached', { cause });
    }
  }
}
