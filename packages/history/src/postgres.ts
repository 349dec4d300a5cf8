import pg from 'pg';
import { type Database, type Parameter, type Row, type Statement, sqlState } from './database.ts';
import { HistoryUnavailable } from './history.ts';

/** Connections of one process: one writer, a few readers, one spare. */
const MAX_CONNECTIONS = 8;

/** A server that does not answer for this long is away, ms: shorter than a caller's own patience. */
const CONNECT_TIMEOUT_MS = 2_000;

/** What takes longer than this on the server is given up there, ms; and here a little later, should the server be frozen. */
const STATEMENT_TIMEOUT_MS = 10_000;
const QUERY_TIMEOUT_MS = 12_000;

/** Classes of SQLSTATE by which a server says that it cannot serve now: connection, resources, operator's intervention, read-only standby. */
const AWAY = /^(08|53|57|25006)/;

const INT8 = 20;
const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') =>
    oid === INT8 ? Number : pg.types.getTypeParser(oid, format)) as typeof pg.types.getTypeParser,
};

/** PostgreSQL 14 or newer, by its URL. Connects when first used, and again by itself after an outage. */
export function openPostgres(url: string): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    query_timeout: QUERY_TIMEOUT_MS,
    keepAlive: true,
    application_name: 'carillon',
    types,
  });
  // An idle connection that the server ends is replaced when next needed.
  pool.on('error', () => {});

  const connect = async (): Promise<pg.PoolClient> => {
    try {
      return await pool.connect();
    } catch (cause) {
      throw new HistoryUnavailable('PostgreSQL cannot be reached', { cause });
    }
  };

  const use = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await connect();
    try {
      const result = await work(client);
      client.release();
      return result;
    } catch (error) {
      const state = sqlState(error);
      const away = state === undefined || AWAY.test(state);
      client.release(away);
      if (!away) throw error;
      // An error that the server reports ends its transaction; a connection that breaks says nothing of it.
      const stored = state === undefined ? 'unknown' : 'no';
      throw new HistoryUnavailable('PostgreSQL went away', { cause: error, stored });
    }
  };

  return {
    run: ({ name, text }: Statement, parameters: readonly Parameter[]) =>
      use(async (client) => {
        const { rows } = await client.query<Row>({ name, text, values: [...parameters] });
        return rows;
      }),
    transaction: (work) =>
      use(async (client) => {
        await client.query('begin');
        try {
          await work(async (sql) => (await client.query<Row>(sql)).rows);
          await client.query('commit');
        } catch (error) {
          await client.query('rollback').catch(() => {});
          throw error;
        }
      }),
    close: () => pool.end(),
  };
}
