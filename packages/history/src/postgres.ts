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
import { keepsSettings, refusesSettings, requireFitPooler } from './pooler.ts';

/** Connections of one process: one writer, a few readers, one spare. */
const MAX_CONNECTIONS = 8;

/** A server that does not answer for this long is away, ms: shorter than a caller's own patience. */
const CONNECT_TIMEOUT_MS = 2_000;

/** What takes longer than this on the server is given up there, ms; and here a little later, should the server be frozen. */
const STATEMENT_TIMEOUT_MS = 5_000;
const QUERY_TIMEOUT_MS = 6_000;

/** What holds for each statement, whoever set other defaults for the database or the role. */
const SETTINGS = [...PLANNER_SETTINGS, `statement_timeout=${STATEMENT_TIMEOUT_MS}`];

/** Where a connection is a session of its own, they are given as it begins. */
const AT_START = {
  options: [...SETTINGS, 'default_transaction_isolation=read\\ committed']
    .map((setting) => `-c ${setting}`)
    .join(' '),
};

const BEGIN = 'begin isolation level read committed';

/** Behind a pooler each transaction may be in another session: it begins with the settings, in the same message. */
const BEGIN_WITH_SETTINGS = [BEGIN, ...SETTINGS.map((setting) => `set local ${setting}`)].join('; ');

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
 *
 * Whether a pooler stands before it is found out with the first connection; one that cannot be used makes that fail with UnfitStore.
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

/** Connections to the server, and whether each transaction has to bring its settings. */
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

  /** A connection whose transaction was rolled back is as good as before. One that does not answer is given up, and its transaction with it. */
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
      // A pooler has been put before the server meanwhile.
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
    // Behind a pooler a statement is sent with its transaction around it, and all three are answered at once.
    const pool = new pg.Pool(pooled ? { ...this.#config, pipeline: true } : atStart);
    // A connection that ends while no statement runs on it is replaced when next needed. The pool hears of it while the
    // connection is idle; in between two statements nobody would, and an error that nobody hears ends the process.
    pool.on('error', () => {});
    pool.on('connect', (client) => client.on('error', () => {}));
    this.#link = { pool, pooled };
    return this.#link;
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
  new HistoryUnavailable('the connection to PostgreSQL was lost', { cause, stored: 'no' });

async function runOn(
  client: pg.PoolClient,
  { name, text }: Statement,
  parameters: readonly Parameter[],
): Promise<Row[]> {
  const { rows } = await client.query<Row>({ name, text, values: [...parameters] });
  return rows;
}

/** In a transaction of its own, sent without a wait in between. Where it fails, what was sent behind it has ended the transaction. */
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
