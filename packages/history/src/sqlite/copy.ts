import { closeSync, existsSync, fsyncSync, mkdirSync, openSync, renameSync, rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { backup, DatabaseSync } from 'node:sqlite';
import {
  type Cell,
  CopyRefused,
  type CopySource,
  type CopyTarget,
  type Identity,
  ROWS_AT_ONCE,
  type Table,
} from '../copy/tables.ts';
import { DirectoryInUse } from '../history-errors.ts';
import { BUSY_MS, Connection } from './connection.ts';
import { channelIn, keyFrom, seqIn } from './event-key.ts';
import { errorOf, openingFailureOf } from './failure.ts';
import { fileIdentity } from './file-identity.ts';
import { lockOf, takeLock } from './lock.ts';
import { fileOf } from './open.ts';
import { makeOwnFile } from './own-file.ts';
import { expectOurs, migrate } from './schema.ts';

/** Columns that are combined in one number here: a channel's id and the value after it. */
const COMBINED_KEYS: Readonly<Record<string, { column: string; second: string }>> = {
  events: { column: 'place', second: 'seq' },
  changes: { column: 'place', second: 'seq' },
  mentions: { column: 'place', second: 'seq' },
  reactions: { column: 'target', second: 'target' },
  reaction_counts: { column: 'target', second: 'target' },
  pins: { column: 'target', second: 'target' },
};

/**
 * Opens the tables of a SQLite store that nobody has open.
 *
 * @throws CopyRefused if there is no store, or it is in use.
 */
export async function readSqlite(url: string): Promise<CopySource> {
  const file = fileOf(url);
  if (!existsSync(file)) throw new CopyRefused('no such store', `no store was found at ${file}`);
  let unlock = () => {};
  let connection: Connection | undefined;
  try {
    connection = Connection.writer(file);
    expectOurs(connection);
    unlock = lock(file);
    // Migrate it first, as a start would.
    connection.keepLog();
    migrate(connection, fileIdentity(file));
  } catch (error) {
    connection?.close();
    unlock();
    if (error instanceof CopyRefused) throw error;
    throw errorOf({ ...openingFailureOf(error), message: `${file}: ${(error as Error).message}` });
  }
  const opened = connection;
  return {
    ...tablesOf(opened),
    async close() {
      opened.close();
      unlock();
    },
  };
}

/**
 * Creates a SQLite store for a copy. It is written to a temporary file and renamed when it is complete.
 *
 * @throws CopyRefused if one exists, or it cannot be created.
 */
export async function writeSqlite(url: string): Promise<CopyTarget> {
  const file = fileOf(url);
  if (existsSync(file)) throw new CopyRefused('not empty', `${file} already exists`);
  try {
    mkdirSync(dirname(file), { recursive: true });
  } catch (error) {
    throw new CopyRefused('cannot write', `${dirname(file)} cannot be created: ${(error as Error).message}`);
  }
  const unlock = lock(file);
  const unfinished = `${file}.copying`;
  // Left by an interrupted copy.
  removeDatabase(unfinished);
  let opened: Connection | undefined;
  try {
    makeOwnFile(unfinished);
    opened = Connection.scratch(unfinished);
    migrate(opened, fileIdentity(unfinished));
  } catch (error) {
    opened?.close();
    removeDatabase(unfinished);
    unlock();
    throw new CopyRefused('cannot write', `${unfinished} cannot be created: ${(error as Error).message}`);
  }
  const connection = opened;
  let isOpen = true;
  let finished = false;
  return {
    ...tablesOf(connection),
    async insert(table, rows) {
      const { columns, values } = inserted(table);
      const sql = `insert into ${table.name} (${columns}) values (${values})`;
      connection.transaction(() => {
        for (const row of rows) connection.run(sql, ...row);
      });
    },
    async finish({ epoch, access }: Identity) {
      connection.transaction(() => {
        connection.run(`update meta set value = ? where name = 'epoch'`, epoch);
        connection.run(`update meta set value = ? where name = 'access'`, String(access));
      });
      connection.close();
      isOpen = false;
      sync(unfinished);
      renameSync(unfinished, file);
      finished = true;
      sync(dirname(file));
    },
    async close() {
      if (isOpen) connection.close();
      if (!finished) removeDatabase(unfinished);
      unlock();
    },
  };
}

function tablesOf(connection: Connection): Pick<CopySource, 'identity' | 'rows'> {
  return {
    async identity() {
      const meta = (name: string) => connection.get('select value from meta where name = ?', name)?.value;
      return { epoch: String(meta('epoch')), access: Number(meta('access')) };
    },
    async *rows(table) {
      const rows = connection.each(`select ${selected(table)} from ${table.name} order by ${orderOf(table)}`);
      let some: Cell[][] = [];
      for (const row of rows) {
        some.push(table.columns.map((column) => row[column] ?? null));
        if (some.length < ROWS_AT_ONCE) continue;
        yield some;
        some = [];
      }
      if (some.length > 0) yield some;
    },
  };
}

function selected({ name, columns }: Table): string {
  const combined = COMBINED_KEYS[name];
  return columns
    .map((column) => {
      if (column === 'channel_id' && combined) return `${channelIn(combined.column)} as channel_id`;
      if (column === combined?.second) return `${seqIn(combined.column)} as ${column}`;
      return column;
    })
    .join();
}

function orderOf({ name, columns, key }: Table): string {
  const combined = COMBINED_KEYS[name];
  const keys = columns.slice(0, key);
  if (combined === undefined) return keys.join();
  return [combined.column, ...keys.filter((column) => column !== 'channel_id' && column !== combined.second)]
    .map((column) => `${name}.${column}`)
    .join();
}

/** How the columns of a table are inserted, in their order. */
function inserted({ name, columns }: Table): { columns: string; values: string } {
  const combined = COMBINED_KEYS[name];
  if (combined === undefined) return { columns: columns.join(), values: columns.map(() => '?').join() };
  const rest = columns.filter((column) => column !== 'channel_id' && column !== combined.second);
  const at = (column: string) => `?${columns.indexOf(column) + 1}`;
  return {
    columns: [combined.column, ...rest].join(),
    values: [keyFrom(at('channel_id'), at(combined.second)), ...rest.map(at)].join(),
  };
}

function lock(file: string): () => void {
  try {
    makeOwnFile(lockOf(file));
    return takeLock(file);
  } catch (error) {
    if (error instanceof DirectoryInUse) {
      throw new CopyRefused('in use', `${file} is in use: stop the Carillon process that has it open`);
    }
    throw new CopyRefused('cannot write', `${file} cannot be locked: ${(error as Error).message}`);
  }
}

/** Includes the files that SQLite keeps beside it. */
function removeDatabase(file: string): void {
  for (const end of ['', '-journal', '-wal', '-shm']) rmSync(file + end, { force: true });
}

/** Syncs a file, or a directory's entries, to disk. */
function sync(path: string): void {
  const open = openSync(path, 'r');
  fsyncSync(open);
  closeSync(open);
}

/**
 * Copies a store that is in use into a file. Whatever is opened from the file is another store: it gets an epoch of its
 * own.
 *
 * @throws CopyRefused if there is no store, or the file exists or cannot be written.
 */
export async function backUpSqlite(
  url: string,
  to: string,
  notify: (pages: { done: number; of: number }) => void,
): Promise<void> {
  const file = fileOf(url);
  if (!existsSync(file)) throw new CopyRefused('no such store', `no store was found at ${file}`);
  if (existsSync(to)) throw new CopyRefused('not empty', `${to} already exists`);
  const unfinished = `${to}.unfinished`;
  const database = new DatabaseSync(file, { readOnly: true, timeout: BUSY_MS });
  try {
    removeDatabase(unfinished);
    makeOwnFile(unfinished);
    await backup(database, unfinished, {
      rate: PAGES_AT_ONCE,
      progress: ({ totalPages, remainingPages }) =>
        notify({ done: totalPages - remainingPages, of: totalPages }),
    });
    forgetLocation(unfinished);
    sync(unfinished);
    renameSync(unfinished, to);
  } catch (error) {
    removeDatabase(unfinished);
    throw new CopyRefused('cannot write', `${to} cannot be written: ${(error as Error).message}`);
  } finally {
    database.close();
  }
}

/** 16 MiB: the longest that a post waits for. */
const PAGES_AT_ONCE = 4_096;

/** Removes its location: the process that opens it then knows that it is a copy. */
function forgetLocation(file: string): void {
  const database = new DatabaseSync(file);
  try {
    database.exec(`pragma journal_mode = delete; delete from meta where name = 'place'`);
  } finally {
    database.close();
  }
}
