import { existsSync, mkdirSync, renameSync, rmSync, statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type messages, PGlite, protocol } from '@electric-sql/pglite';
import {
  asUnavailable,
  type Database,
  type Parameter,
  PLANNER_SETTINGS,
  type Row,
  type Run,
  type Statement,
} from './database.ts';
import { lockDirectory } from './directory-lock.ts';
import { HistoryUnavailable } from './history.ts';
import { startUpkeep } from './pglite-upkeep.ts';
import { SyncedFiles, syncTree } from './synced-files.ts';

/** PGlite's own parameters without `-F`, by which it never syncs; a commit is on disk before it is answered. */
const START_PARAMETERS = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  ...['fsync=on', 'wal_sync_method=fsync', 'synchronous_commit=on', ...PLANNER_SETTINGS].flatMap(
    (setting) => ['-c', setting],
  ),
];

const INT8 = 20;

/**
 * PostgreSQL inside this process, in the directory `pglite://DIR` names (relative, or absolute as `pglite:///DIR`).
 *
 * @throws DirectoryInUse where another process has the directory open: two would diverge without a word.
 */
export async function openPglite(url: string): Promise<Database> {
  const directory = resolve(decodeURIComponent(url.replace(/^pglite:\/\//, '')));
  mkdirSync(directory, { recursive: true });
  const unlock = await lockDirectory(join(directory, 'lock'));
  try {
    const files = join(directory, 'db');
    if (!existsSync(files)) await createDatabase(files);
    return new Pglite(await start(files), files, unlock);
  } catch (error) {
    unlock();
    throw error;
  }
}

/** Made beside its place and moved there whole: a process killed in the middle leaves nothing that looks like a database. */
async function createDatabase(files: string): Promise<void> {
  const unfinished = `${files}.new`;
  rmSync(unfinished, { recursive: true, force: true });
  await (await start(unfinished)).close();
  syncTree(unfinished);
  renameSync(unfinished, files);
  syncTree(files);
}

function start(directory: string): Promise<PGlite> {
  return PGlite.create({ fs: new SyncedFiles(directory), startParams: START_PARAMETERS });
}

const { serialize } = protocol;

type Columns = readonly { name: string; dataTypeID: number }[];

/**
 * Speaks the wire protocol itself: PGlite's `query` parses and plans a statement anew each time, which for a batch of 32
 * is three quarters of the time.
 */
class Pglite implements Database {
  readonly #db: PGlite;
  readonly #files: string;
  readonly #unlock: () => void;
  readonly #prepared = new Map<string, Columns>();
  readonly #stopUpkeep: () => void;
  #asked = 0;

  constructor(db: PGlite, files: string, unlock: () => void) {
    this.#db = db;
    this.#files = files;
    this.#unlock = unlock;
    this.#stopUpkeep = startUpkeep(this.run.bind(this), () => this.#asked);
  }

  run(statement: Statement, parameters: readonly Parameter[]): Promise<Row[]> {
    this.#asked += 1;
    return this.#alone(() => this.#run(statement, parameters));
  }

  atomically<T>(work: (run: Run) => Promise<T>): Promise<T> {
    this.#asked += 1;
    return this.#inTransaction(() => work((statement, parameters) => this.#run(statement, parameters)));
  }

  transaction(work: (execute: (sql: string) => Promise<Row[]>) => Promise<void>): Promise<void> {
    return this.#inTransaction(() => work((sql) => this.#execute(sql)));
  }

  /**
   * By the file that every run writes, in its place: a copy is another file, made at another time, whatever it is called. One that
   * were written once would be left alone by a restore that puts back what differs.
   */
  async place(): Promise<string> {
    const { ino, birthtimeNs } = statSync(join(this.#files, 'global', 'pg_control'), { bigint: true });
    return `${ino}.${birthtimeNs}`;
  }

  async close(): Promise<void> {
    this.#stopUpkeep();
    if (!this.#db.ready) return;
    try {
      await this.#db.close();
    } finally {
      this.#unlock();
    }
  }

  #inTransaction<T>(work: () => Promise<T>): Promise<T> {
    return this.#alone(async () => {
      await this.#execute('begin');
      try {
        const result = await work();
        await this.#execute('commit');
        return result;
      } catch (error) {
        await this.#execute('rollback');
        throw error;
      }
    });
  }

  async #execute(sql: string): Promise<Row[]> {
    const answers = await this.#send(serialize.query(sql));
    return rowsOf(answers, columnsOf(answers));
  }

  async #run({ name, text }: Statement, parameters: readonly Parameter[]): Promise<Row[]> {
    let columns = this.#prepared.get(name);
    if (columns === undefined) {
      const described = await this.#send(
        serialize.parse({ name, text }),
        serialize.describe({ type: 'S', name }),
      );
      columns = columnsOf(described);
      this.#prepared.set(name, columns);
    }
    const values = parameters.map((value) => (typeof value === 'number' ? String(value) : value));
    const answers = await this.#send(serialize.bind({ statement: name, values }), serialize.execute());
    return rowsOf(answers, columns);
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    return this.#db.runExclusive(() => {
      if (!this.#db.ready) throw new HistoryUnavailable('the embedded database is closed');
      return work();
    });
  }

  async #send(...parts: Uint8Array[]): Promise<messages.BackendMessage[]> {
    try {
      const bytes = Buffer.concat([...parts, serialize.sync()]);
      return await this.#db.execProtocolStream(bytes, { syncToFs: false });
    } catch (error) {
      throw asUnavailable(error, 'the embedded database') ?? error;
    }
  }
}

function columnsOf(answers: readonly messages.BackendMessage[]): Columns {
  const description = answers.find(({ name }) => name === 'rowDescription');
  return description === undefined ? [] : (description as messages.RowDescriptionMessage).fields;
}

function rowsOf(answers: readonly messages.BackendMessage[], columns: Columns): Row[] {
  const rows: Row[] = [];
  for (const answer of answers) {
    if (answer.name !== 'dataRow') continue;
    const { fields } = answer as messages.DataRowMessage;
    const row: Record<string, string | number | null> = {};
    for (const [index, { name, dataTypeID }] of columns.entries()) {
      const field = fields[index] ?? null;
      row[name] = dataTypeID === INT8 && field !== null ? Number(field) : field;
    }
    rows.push(row);
  }
  return rows;
}
