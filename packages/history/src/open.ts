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

/** The URL schemes of `HISTORY_URL`. */
export const HISTORY_SCHEMES = Object.keys(STORES);

/**
 * Opens the store at the URL and migrates its schema.
 *
 * @throws HistoryUnavailable if it cannot be reached, DirectoryInUse if another process has it open, UnfitStore if it
 * is not a store that this Carillon can use.
 */
export async function openHistory(url: string, options: HistoryOptions = {}): Promise<History> {
  const open = STORES[url.slice(0, url.indexOf(':') + 1)];
  if (open === undefined)
    throw new Error(`not a store URL: it must start with ${HISTORY_SCHEMES.join(' or ')}`);
  return open(url, options);
}
