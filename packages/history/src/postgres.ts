import { rootCertificates } from 'node:tls';
import pg from 'pg';
import {
  asUnavailable,
  type Database,
  type Parameter,
  PLANNER_SETTINGS,
  type Row,
  type Run,
  type Statement,
  sqlState,
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

/** What `sslmode` asks for TLS with a certificate that is checked. */
const CHECKED = new Set(['prefer', 'require', 'verify-ca', 'verify-full']);

/**
 * PostgreSQL 14 or newer, by its URL. Connects when first used, and again by itself after an outage. `ca` (PEM) is
 * trusted besides the system's authorities where the URL's `sslmode` asks for TLS and it names no files of its own.
 * Each `sslmode` that asks for a checked certificate checks the host too, as pg does.
 */
export function openPostgres(url: string, { ca }: { ca?: string | undefined } = {}): Database {
  return new Postgres(
    new pg.Pool({
      ...connection(url, ca),
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

/** How pg is told to reach the server of a URL. */
export function connection(url: string, ca: string | undefined): pg.PoolConfig {
  if (ca === undefined || !URL.canParse(url)) return { connectionString: url };
  const trusting = new URL(url);
  const { searchParams } = trusting;
  const ownFiles = ['sslrootcert', 'sslcert', 'sslkey'].some((name) => searchParams.has(name));
  if (ownFiles || !CHECKED.has(searchParams.get('sslmode') ?? '')) return { connectionString: url };
  // What the URL says of TLS would go before `ssl`.
  searchParams.delete('sslmode');
  return { connectionString: trusting.href, ssl: { ca: [...rootCertificates, ca] } };
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

  run(statement: Statement, parameters: readonly Parameter[]): Promise<Row[]> {
    return this.#connected((client) => runOn(client, statement, parameters));
  }

  atomically<T>(work: (run: Run) => Promise<T>): Promise<T> {
    return this.#inTransaction((client) =>
      work((statement, parameters) => runOn(client, statement, parameters).catch(unanswered)),
    );
  }

  transaction(work: (execute: (sql: string) => Promise<Row[]>) => Promise<void>): Promise<void> {
    return this.#inTransaction((client) =>
      work(async (sql) => (await client.query<Row>(sql).catch(unanswered)).rows),
    );
  }

  /** A connection whose transaction was rolled back is as good as before. One that does not answer is given up, and its transaction with it. */
  async #inTransaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const outcome = await this.#connected(async (client) => {
      let result: T;
      try {
        await client.query('begin').catch(unanswered);
        result = await work(client);
      } catch (error) {
        if (error instanceof HistoryUnavailable) throw error;
        await client.query('rollback').catch(lost);
        return { error };
      }
      await client.query('commit');
      return { result };
    });
    if ('result' in outcome) return outcome.result;
    const { error } = outcome;
    // What has no SQLSTATE is of the work itself.
    throw (sqlState(error) === undefined ? undefined : asUnavailable(error, 'PostgreSQL')) ?? error;
  }

  /** A dump makes its tables anew, a new server has an identifier of its own. A copy of a server's files has all of it in common with them. */
  async place(execute: (sql: string) => Promise<Row[]>): Promise<string> {
    const [row] = await execute(`
      select concat_ws('.', (pg_control_system()).system_identifier, oid, 'meta'::regclass::oid) as place
      from pg_database where datname = current_database()`);
    return String(row?.place);
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

/** In a transaction that is not committed yet: what the server does not say is of the connection, and nothing is stored. */
function unanswered(error: unknown): never {
  throw sqlState(error) === undefined ? lostConnection(error) : error;
}

function lost(error: unknown): never {
  throw lostConnection(error);
}

const lostConnection = (cause: unknown) =>
  new HistoryUnavailable('PostgreSQL went away', { cause, stored: 'no' });

async function runOn(
  client: pg.PoolClient,
  { name, text }: Statement,
  parameters: readonly Parameter[],
): Promise<Row[]> {
  const { rows } = await client.query<Row>({ name, text, values: [...parameters] });
  return rows;
}
