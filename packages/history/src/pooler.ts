import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { sqlState } from './database.ts';
import { HistoryUnavailable, UnfitStore } from './history-errors.ts';

/*
 * Connection poolers between this process and PostgreSQL. In transaction mode (PgBouncer's term) a pooler assigns each
 * transaction to any free session of the server, so nothing that belongs to a session can be relied on: neither
 * settings from the start of a connection, nor prepared statements, unless the pooler tracks them and prepares them in
 * each session, as PgBouncer does since 1.21.
 */

/**
 * How often the session is checked. A pooler hands out the session that was returned last, so usually the first check
 * is enough.
 */
const LOOKS = 5;

const UNFIT_STATEMENTS =
  'PostgreSQL is behind a pooler that loses prepared statements. PgBouncer needs version 1.21 or newer, ' +
  'and max_prepared_statements above 0 (docs/operate.md)';

const UNFIT_TRANSACTIONS =
  'PostgreSQL is behind a pooler in statement mode, which has no transactions. Set pool_mode to transaction or session (docs/operate.md)';

/** SQLSTATE of the poolers' own errors. */
const PROTOCOL_VIOLATION = '08P01';

/** Whether the error is a pooler's refusal of settings at the start of a connection. */
export function refusesSettings(error: unknown): boolean {
  return says(error, /unsupported startup parameter/i);
}

/**
 * Whether the settings given at the start of a connection take effect. With a server they do; a pooler refuses them, or
 * ignores them if configured to (`ignore_startup_parameters`).
 *
 * @param config how to connect, including the settings.
 * @param settings each as `name=value`, the value as in `pg_settings`.
 * @throws HistoryUnavailable without a connection.
 */
export async function keepsSettings(config: pg.ClientConfig, settings: readonly string[]): Promise<boolean> {
  try {
    return await connected(config, async (client) => {
      const text = `select count(*)::int as held from pg_settings where name || '=' || setting = any ($1::text[])`;
      const { rows } = await client.query<{ held: number }>(text, [settings]);
      return rows[0]?.held === settings.length;
    });
  } catch (error) {
    if (error instanceof HistoryUnavailable && refusesSettings(error.cause)) return false;
    throw error;
  }
}

/**
 * @param config how to connect, without settings.
 * @throws UnfitStore if transactions or prepared statements would fail behind this pooler; HistoryUnavailable without a
 * connection.
 */
export async function requireFitPooler(config: pg.ClientConfig): Promise<void> {
  await connected(config, async (client) => {
    if ((await renamesStatements(client)) || (await keepsSession(config, client))) return;
    throw new UnfitStore(UNFIT_STATEMENTS);
  });
}

/** A pooler that tracks prepared statements prepares them under its own names. */
async function renamesStatements(client: pg.Client): Promise<boolean> {
  const name = `carillon_${randomUUID()}`;
  const text = `select count(*)::int as known from pg_prepared_statements where name = '${name}'`;
  try {
    await client.query('begin');
    const { rows } = await client.query<{ known: number }>({ name, text });
    await client.query('commit');
    return rows[0]?.known === 0;
  } catch (error) {
    if (says(error, /transaction blocks not allowed/i)) throw new UnfitStore(UNFIT_TRANSACTIONS);
    throw error;
  }
}

/**
 * Whether a connection has a session of its own, as in session mode: it stays in the same session, which nobody else
 * uses.
 */
async function keepsSession(config: pg.ClientConfig, client: pg.Client): Promise<boolean> {
  const session = await sessionOf(client);
  return connected(config, async (other) => {
    for (let look = 0; look < LOOKS; look++) {
      if ((await sessionOf(other)) === session || (await sessionOf(client)) !== session) return false;
    }
    return true;
  });
}

async function sessionOf(client: pg.Client): Promise<number | undefined> {
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid');
  return rows[0]?.pid;
}

/** An error on a separate connection concerns the way to the server, not the statement. */
async function connected<T>(config: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(config);
  client.on('error', () => {});
  try {
    await client.connect();
    return await work(client);
  } catch (cause) {
    if (cause instanceof UnfitStore || cause instanceof HistoryUnavailable) throw cause;
    throw new HistoryUnavailable('PostgreSQL cannot be reached', { cause });
  } finally {
    await client.end().catch(() => {});
  }
}

function says(error: unknown, words: RegExp): boolean {
  return sqlState(error) === PROTOCOL_VIOLATION && error instanceof Error && words.test(error.message);
}
