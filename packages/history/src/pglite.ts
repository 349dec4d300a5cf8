import { fsyncSync, mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import type { Database, Parameter, Row, Statement } from './database.ts';
import { lockDirectory } from './directory-lock.ts';
import { HistoryUnavailable } from './history.ts';

/** PGlite's own parameters without `-F`, by which it never syncs; a commit is on disk before it is answered. */
const START_PARAMETERS = [
  ...PGlite.defaultStartParams.filter((parameter) => parameter !== '-F'),
  ...['-c', 'fsync=on', '-c', 'wal_sync_method=fsync', '-c', 'synchronous_commit=on'],
];

const INT8 = 20;
const PARSERS = { [INT8]: Number };

/**
 * PostgreSQL inside this process, in the directory `pglite://DIR` names (relative, or absolute as `pglite:///DIR`).
 *
 * @throws DirectoryInUse where another process has the directory open: two would diverge without a word.
 */
export async function openPglite(url: string): Promise<Database> {
  const directory = resolve(decodeURIComponent(url.replace(/^pglite:\/\//, '')));
  mkdirSync(directory, { recursive: true });
  const unlock = await lockDirectory(join(directory, 'lock'));
  let db: PGlite;
  try {
    db = await PGlite.create({
      dataDir: join(directory, 'db'),
      startParams: START_PARAMETERS,
      parsers: PARSERS,
    });
    syncForReal(db);
  } catch (error) {
    unlock();
    throw error;
  }
  const whileOpen = async <T>(work: () => Promise<T>): Promise<T> => {
    if (db.closed) throw new HistoryUnavailable('the embedded database is closed');
    return work();
  };
  return {
    run: ({ text }: Statement, parameters: readonly Parameter[]) =>
      whileOpen(async () => (await db.query<Row>(text, parameters.map(asText))).rows),
    transaction: (work) =>
      whileOpen(() => db.transaction((tx) => work(async (sql) => (await tx.query<Row>(sql)).rows))),
    close: async () => {
      await db.close();
      unlock();
    },
  };
}

interface NodeFileSystem {
  stream_ops: { fsync?: (stream: { nfd: number }) => number };
}

/** PGlite's file system over Node has no fsync (facts probed with strace, 0.5.14): it gets Node's. */
function syncForReal(db: PGlite): void {
  const { FS } = db.Module as unknown as { FS: { filesystems: { NODEFS: NodeFileSystem } } };
  FS.filesystems.NODEFS.stream_ops.fsync = ({ nfd }) => {
    fsyncSync(nfd);
    return 0;
  };
}

function asText(parameter: Parameter): string | null {
  return parameter === null ? null : String(parameter);
}
