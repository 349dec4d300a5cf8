import { existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { History } from '../history.ts';
import { HistoryFull, UnfitStore } from '../history-errors.ts';
import { openSqliteFile } from './history.ts';
import { lockOf } from './lock.ts';
import { makeOwnFile } from './own-file.ts';

/** The database's file in a directory. */
const FILE = 'carillon.db';

/** Names of files that a URL may name directly. */
const FILE_NAMES = /\.(db|sqlite|sqlite3)$/;

/** Marker files of a PGlite database of an older version, and their locations. */
const PGLITE = ['PG_VERSION', 'db/PG_VERSION', 'history/db/PG_VERSION'];

/**
 * Opens SQLite inside this process, in the directory or file of `sqlite:PATH`, which is created if missing.
 *
 * @throws DirectoryInUse if another process has it open, UnfitStore if it belongs to another program, to a newer
 * Carillon, or to a version that used PGlite; HistoryUnavailable if it cannot be opened.
 */
export async function openSqlite(url: string): Promise<History> {
  const file = fileOf(url);
  const directory = dirname(file);
  const older = PGLITE.find((name) => existsSync(join(directory, name)));
  if (older !== undefined) {
    throw new UnfitStore(
      `${directory} holds a PGlite database (${older}), which this version cannot read: set another DATA_DIR. Nothing was changed`,
    );
  }
  try {
    mkdirSync(directory, { recursive: true });
  } catch (cause) {
    throw new UnfitStore(`${directory} cannot be created: ${(cause as Error).message}`, { cause });
  }
  keepToOneself(file);
  return openSqliteFile(file);
}

/** Creates the files of a new store so that only this user can access them. */
function keepToOneself(file: string): void {
  if (existsSync(file)) return;
  for (const name of [file, lockOf(file)]) {
    try {
      makeOwnFile(name);
    } catch (cause) {
      const { code, message } = cause as NodeJS.ErrnoException;
      if (code === 'ENOSPC') throw new HistoryFull(`the disk has no room for ${name}`, { cause });
      throw new UnfitStore(`${name} cannot be created: ${message}`, { cause });
    }
  }
}

/** The database's file for a URL. */
export function fileOf(url: string): string {
  const path = resolve(decodeURIComponent(url.replace(/^sqlite:(\/\/)?/, '')));
  if (FILE_NAMES.test(path)) return path;
  return statSync(path, { throwIfNoEntry: false })?.isFile() ? path : join(path, FILE);
}
