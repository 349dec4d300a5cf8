import type { Database } from './database.ts';
import type { History } from './history.ts';
import { openPglite } from './pglite.ts';
import { openPostgres } from './postgres.ts';
import { openSqlHistory } from './sql-history.ts';

export interface HistoryOptions {
  /** Authorities in PEM that are trusted besides the system's, where the URL asks for TLS (`sslmode`). */
  ca?: string | undefined;
}

const DATABASES: Readonly<
  Record<string, (url: string, options: HistoryOptions) => Database | Promise<Database>>
> = {
  'postgres:': openPostgres,
  'postgresql:': openPostgres,
  'pglite:': openPglite,
};

/** The schemes a `HISTORY_URL` may have. */
export const HISTORY_SCHEMES = Object.keys(DATABASES);

/**
 * Opens the store that the URL names, its schema brought up to date.
 *
 * @throws HistoryUnavailable where it cannot be reached, DirectoryInUse where another process has it.
 */
export async function openHistory(url: string, options: HistoryOptions = {}): Promise<History> {
  const open = DATABASES[url.slice(0, url.indexOf(':') + 1)];
  if (open === undefined)
    throw new Error(`no store for this URL; it must start with ${HISTORY_SCHEMES.join(' or ')}`);
  return openSqlHistory(await open(url, options));
}
