import type { History } from './history.ts';
import type { HistoryOptions } from './history-options.ts';
import { openPostgres } from './postgres.ts';
import { openSqlHistory } from './sql-history.ts';
import { openSqlite } from './sqlite/open.ts';

type Open = (url: string, options: HistoryOptions) => Promise<History>;

const openPostgresHistory: Open = (url, options) => openSqlHistory(openPostgres(url, options));

const STORES: Readonly<Record<string, Open>> = {
  'postgres:': openPostgresHistory,
  'postgresql:': openPostgresHistory,
  'sqlite:': openSqlite,
};

/** The schemes a `HISTORY_URL` may have. */
export const HISTORY_SCHEMES = Object.keys(STORES);

/**
 * Opens the store that the URL names, its schema brought up to date.
 *
 * @throws HistoryUnavailable where it cannot be reached, DirectoryInUse where another process has it, UnfitStore where it is none of
 * this Carillon's.
 */
export async function openHistory(url: string, options: HistoryOptions = {}): Promise<History> {
  const open = STORES[url.slice(0, url.indexOf(':') + 1)];
  if (open === undefined)
    throw new Error(`not a store URL: it must start with ${HISTORY_SCHEMES.join(' or ')}`);
  return open(url, options);
}
