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
import { HistoryUnavailable } from './history-errors.ts';
import { keepsSettings, refusesSettings, requireFitPooler } from './pooler.ts';

/** Connections per process: one writer, a few readers, one spare. */
const MAX_CONNECTIONS = 8;

/** A server that does not answer for this long is unavailable, ms: shorter than a caller's patience. */
const CONNECT_TIMEOUT_MS = 2_000;

/** Time limit of a statement on the server, ms; the client's limit is a little longer, in case the server is frozen. */
const STATEMENT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 6_000;

/** Settings for every statement, whatever the defaults of the database or the role. */
const SETTINGS = [...PLANNER_SETTINGS, `statement_timeout=${STATEMENT_TIMEOUT_MS}`];

/** If a connection is a session of its own, they are set when it starts. */
const AT_START = {
  options: [...SETTINGS, 'default_transaction_isolation=read\\ committed']
    .map((setting) => `-c ${setting}`)
    .join(' '),
};

const BEGIN = 'begin isolation level read committed';

/** Behind a pooler each transaction may run in another session: it starts with the settings, in the same message. */
const BEGIN_WITH_SETTINGS = [BEGIN, ...SETTINGS.map((setting) => `set local ${setting}`)].join('; ');

const INT8 = 20;
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/** Values of `sslmode` that request TLS with a verified certificate. */
const CHECKED = new Set(['prefer', 'require', 'verify-ca', 'verify-full']);

/**
 * PostgreSQL 14 or newer, by its URL. Connects on first use, and reconnects by itself after an outage. `ca` (PEM) is
 * trusted in addition to the system's authorities if the URL's `sslmode` requests TLS and names no files. Each
 * `sslmode` with a verified certificate also verifies the host, as pg does.
 *
 * The first connection detects a pooler; if the pooler cannot be used, it fails with UnfitStore.
 */
export function openPostgres(url: string, { ca }: { ca?: string | undefined } = {}): Database {
  return new Postgres({
    ...connection(url, ca),
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'carillon',
    types,
  });
}

/** The pg options for the server of a URL. */
export function connection(url: string, ca: string | undefined): pg.PoolConfig {
  if (ca === undefined || !URL.canParse(url)) return { connectionString: url };
  const trusting = new URL(url);
  const { searchParams } = trusting;
  const ownFiles = ['sslrootcert', 'sslcert', 'sslkey'].some((name) => searchParams.has(name));
  if (ownFiles || !CHECKED.has(searchParams.get('sslmode') ?? '')) return { connectionString: url };
  // TLS settings in the URL would override `ssl`.
  searchParams.delete('sslmode');
  return { connectionString: trusting.href, ssl: { ca: [...rootCertificates, ca] } };
}

/** Connections to the server, and whether each transaction must set the settings. */
interface Link {
  pool: pg.Pool;
  pooled: boolean;
}

class Postgres implements Database {
  readonly #config: pg.PoolConfig;
  #link: Link | undefined;
  #linking: Promise<Link> | undefined;
  #closed = false;

  constructor(config: pg.PoolConfig) {
    this.#config = config;
  }

  run(statement: Statement, parameters: readonly Parameter[]): Promise<Row[]> {
    return this.#connected((client, pooled) =>
      pooled ? runInTransaction(client, statement, parameters) : runOn(client, statement, parameters),
    );
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

  /** A connection is reusable after a rollback. If it does not answer, it is closed, and its transaction with it. */
  async #inTransaction<T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    const outcome = await this.#connected(async (client, pooled) => {
      let result: T;
      try {
        await client.query(pooled ? BEGIN_WITH_SETTINGS : BEGIN).catch(unanswered);
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
    // Errors without SQLSTATE come from the work itself.
    throw (sqlState(error) === undefined ? undefined : asUnavailable(error, 'PostgreSQL')) ?? error;
  }

  /**
   * A restored dump creates new tables, and a new server has another identifier. A copy of a server's files shares
   * everything.
   */
  async location(execute: (sql: string) => Promise<Row[]>): Promise<string> {
    const [row] = await execute(`
      select concat_ws('.', (pg_control_system()).system_identifier, oid, 'meta'::regclass::oid) as location
      from pg_database where datname = current_database()`);
    return String(row?.location);
  }

  async close(): Promise<void> {
    this.#closed = true;
    const link = this.#link ?? (await this.#linking?.catch(() => undefined));
    if (link !== undefined && !link.pool.ended) await link.pool.end();
  }

  async #connected<T>(work: (client: pg.PoolClient, pooled: boolean) => Promise<T>): Promise<T> {
    const { pool, pooled } = this.#link ?? (await this.#linkOnce());
    const client = await this.#connect(pool);
    try {
      const result = await work(client, pooled);
      client.release();
      return result;
    } catch (error) {
      const away = asUnavailable(error, 'PostgreSQL');
      client.release(away !== undefined);
      throw away ?? error;
    }
  }

  async #connect(pool: pg.Pool): Promise<pg.PoolClient> {
    try {
      return await pool.connect();
    } catch (cause) {
      // A pooler was put in front of the server in the meantime.
      if (refusesSettings(cause)) this.#link = undefined;
      throw new HistoryUnavailable('PostgreSQL cannot be reached', { cause });
    }
  }

  #linkOnce(): Promise<Link> {
    this.#linking ??= this.#makeLink().finally(() => {
      this.#linking = undefined;
    });
    return this.#linking;
  }

  async #makeLink(): Promise<Link> {
    if (this.#closed) throw new HistoryUnavailable('the store is closed');
    const atStart = { ...this.#config, ...AT_START };
    const pooled = !(await keepsSettings(atStart, SETTINGS));
    if (pooled) await requireFitPooler(this.#config);
    // Behind a pooler a statement is sent together with its transaction, and all three are answered at once.
    const pool = new pg.Pool(pooled ? { ...this.#config, pipeline: true } : atStart);
    // A connection that ends while idle is replaced on next use. The pool listens for errors of idle connections;
    // between two statements of a transaction nobody would, and an unhandled error ends the process.
    pool.on('error', () => {});
    pool.on('connect', (client) => client.on('error', () => {}));
    this.#link = { pool, pooled };
    return this.#link;
  }
}

/**
 * In a transaction that is not committed yet: an error that the server did not report is a connection error, and
 * nothing is stored.
 */
function unanswered(error: unknown): never {
  throw sqlState(error) === undefined ? lostConnection(error) : error;
}

function lost(error: unknown): never {
  throw lostConnection(error);
}

const lostConnection = (cause: unknown) =>
  new HistoryUnavailable('the connection to PostgreSQL was lost', { cause, stored: 'no' });

async function runOn(
  client: pg.PoolClient,
  { name, text }: Statement,
  parameters: readonly Parameter[],
): Promise<Row[]> {
  const { rows } = await client.query<Row>({ name, text, values: [...parameters] });
  return rows;
}

/**
 * Sends a statement in its own transaction without waiting in between. If it fails, the commit sent after it has ended
 * the transaction.
 */
async function runInTransaction(
  client: pg.PoolClient,
  statement: Statement,
  parameters: readonly Parameter[],
): Promise<Row[]> {
  const begun = client.query(BEGIN_WITH_SETTINGS);
  const ran = runOn(client, statement, parameters);
  const settled = await Promise.allSettled([begun, ran, client.query('commit')]);
  for (const each of settled) if (each.status === 'rejected') throw each.reason;
  return ran;
}
