import type { HistoryOptions } from '../history-options.ts';
import { readPostgres, writePostgres } from '../postgres-copy.ts';
import { readSqlite, writeSqlite } from '../sqlite/copy.ts';
import { type Copied, type CopyProgress, copyTables } from './copy.ts';
import type { CopySource, CopyTarget } from './tables.ts';

interface Copying {
  read(url: string, options: HistoryOptions): Promise<CopySource>;
  write(url: string, options: HistoryOptions): Promise<CopyTarget>;
}

const POSTGRES: Copying = { read: readPostgres, write: writePostgres };

const STORES: Readonly<Record<string, Copying>> = {
  'postgres:': POSTGRES,
  'postgresql:': POSTGRES,
  'sqlite:': { read: readSqlite, write: writeSqlite },
};

/**
 * Copies a whole store to an empty store: seqs, keys, changes, access, read cursors, webhooks and the epoch, so that
 * every cursor stays valid. Nobody may use either store meanwhile. An interrupted copy leaves the target empty.
 *
 * @throws CopyRefused, TypeError if a URL is not a store URL, HistoryUnavailable.
 */
export async function copyStore(
  { from, to, ...options }: { from: string; to: string } & HistoryOptions,
  notify: (progress: CopyProgress) => void,
): Promise<Copied> {
  const [reading, writing] = [copyingOf(from), copyingOf(to)];
  const source = await reading.read(from, options);
  try {
    const target = await writing.write(to, options);
    try {
      return await copyTables(source, target, notify);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
}

function copyingOf(url: string): Copying {
  const copying = STORES[url.slice(0, url.indexOf(':') + 1)];
  if (copying === undefined)
    throw new TypeError(`a store URL must start with ${Object.keys(STORES).join(' or ')}`);
  return copying;
}
