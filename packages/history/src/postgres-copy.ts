import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import {
  type Cell,
  CopyRefused,
  type CopySource,
  type CopyTarget,
  ROWS_AT_ONCE,
  TABLES,
  type Table,
} from './copy/tables.ts';
import type { HistoryOptions } from './history-options.ts';
import { connection, openPostgres } from './postgres.ts';
import { openSqlHistory } from './sql-history.ts';

/** Time for the server to notice that a service has ended, ms. */
const ENDING_MS = 3_000;
const LOOK_EVERY_MS = 100;

/**
 * A pooler's connections have the name of their last user, which says nothing about whether that process is still
 * running.
 */
const IN_USE =
  'the database is in use: stop the Carillon services that have it open, and close the connections that a pooler keeps';

/** Columns that PostgreSQL increments itself: it continues after the copied values. */
const COUNTED = ['channels', 'audit'];

/**
 * Opens a PostgreSQL store that nobody uses for reading, in one snapshot.
 *
 * @throws CopyRefused if it is in use or not a store; HistoryUnavailable if it cannot be reached.
 */
export async function readPostgres(url: string, options: HistoryOptions): Promise<CopySource> {
  const client = await connect(url, options);
  try {
    const [meta] = (await client.query(`select to_regclass('meta') as meta`)).rows;
    if (meta?.meta === null) throw new CopyRefused('no such store', 'this database is not a Carillon store');
    await client.query('begin isolation level repeatable read read only');
  } catch (error) {
    await client.end();
    throw error;
  }
  return { ...tablesOf(client), close: () => client.end() };
}

/**
 * Opens an empty PostgreSQL store for writing. Everything is one transaction: an interrupted copy leaves nothing
 * behind.
 *
 * @throws CopyRefused if it is in use or not empty; HistoryUnavailable if it cannot be reached.
 */
export async function writePostgres(url: string, options: HistoryOptions): Promise<CopyTarget> {
  await (await openSqlHistory(openPostgres(url, options))).close();
  const client = await connect(url, options);
  try {
    await client.query('begin');
    for (const { name } of TABLES) {
      const { rows } = await client.query(`select 1 from ${name} limit 1`);
      if (rows.length > 0)
        throw new CopyRefused('not empty', `the target is not empty: it has the table ${name}`);
    }
  } catch (error) {
    await client.end();
    throw error;
  }
  return {
    ...tablesOf(client),
    async insert({ name, columns }, rows) {
      const objects = rows.map((row) =>
        Object.fromEntries(columns.map((column, index) => [column, row[index]])),
      );
      const sql = `insert into ${name} (${columns.join()}) overriding system value
        select ${columns.join()} from json_populate_recordset(null::${name}, $1::json)`;
      await client.query(sql, [JSON.stringify(objects)]);
    },
    async finish({ epoch, access }) {
      await client.query('update channels set behind = published < head');
      for (const name of COUNTED) {
        await client.query(
          `select setval(pg_get_serial_sequence('${name}', 'id'), coalesce(max(id), 0) + 1, false) from ${name}`,
        );
      }
      await client.query(`update meta set value = $1 where name = 'epoch'`, [epoch]);
      await client.query(`update meta set value = $1 where name = 'access'`, [String(access)]);
      await client.query('commit');
      await client.query('analyze');
    },
    close: () => client.end(),
  };
}

function tablesOf(client: pg.Client): Pick<CopySource, 'identity' | 'rows'> {
  return {
    async identity() {
      const { rows } = await client.query<{ name: string; value: string }>('select name, value from meta');
      const meta = new Map(rows.map(({ name, value }) => [name, value]));
      return { epoch: String(meta.get('epoch')), access: Number(meta.get('access')) };
    },
    async *rows(table) {
      await client.query(`declare rows no scroll cursor for ${selectOf(table)}`);
      for (;;) {
        const { rows } = await client.query<Record<string, Cell>>(`fetch ${ROWS_AT_ONCE} from rows`);
        if (rows.length === 0) break;
        yield rows.map((row) => table.columns.map((column) => cellOf(table, column, row[column] ?? null)));
      }
      await client.query('close rows');
    },
  };
}

function selectOf({ name, columns, key }: Table): string {
  return `select ${columns.join()} from ${name} order by ${columns.slice(0, key).join()}`;
}

/** int8 arrives as text. */
function cellOf({ numbers }: Table, column: string, value: Cell): Cell {
  return value !== null && numbers.has(column) ? Number(value) : value;
}

async function connect(url: string, { ca }: HistoryOptions): Promise<pg.Client> {
  const client = new pg.Client({ ...connection(url, ca), application_name: 'carillon-copy' });
  await client.connect();
  const deadline = performance.now() + ENDING_MS;
  while (await isUsed(client)) {
    if (performance.now() < deadline) {
      await sleep(LOOK_EVERY_MS);
      continue;
    }
    await client.end();
    throw new CopyRefused('in use', IN_USE);
  }
  return client;
}

async function isUsed(client: pg.Client): Promise<boolean> {
  const { rows } = await client.query(
    `select 1 from pg_stat_activity where datname = current_database() and application_name = 'carillon' limit 1`,
  );
  return rows.length > 0;
}
