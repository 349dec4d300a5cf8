import { parseArgs } from 'node:util';
import { HistoryUnavailable, UnfitStore } from '@carillon/history';
import { backUpSqlite, type CopyProgress, CopyRefused, copyStore } from '@carillon/history/copy';
import { EXIT, Failure } from './exit.ts';
import { print } from './terminal.ts';

const HELP = `carillon store backup FILE [--store sqlite:DIR]
carillon store copy FROM TO

backup  copies the embedded store into FILE while it is in use. To restore it, stop Carillon, replace DIR/carillon.db
        with FILE, delete carillon.db-wal and carillon.db-shm, and start Carillon: readers start over.
copy    copies a whole store to an empty one. Stop Carillon first. Every cursor stays valid in the copy.

A store is sqlite:DIR, or postgres://USER:PASSWORD@HOST/DATABASE. FROM or TO without a colon is a directory.

  --store URL         the embedded store (HISTORY_URL, else sqlite: and DATA_DIR, else sqlite:./data)
  --quiet             show no progress
  --help
`;

/** `carillon store`. Resolves to the exit code. */
export async function store(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: { store: { type: 'string' }, quiet: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
  });
  const [what, ...names] = positionals;
  if (values.help) {
    await print(HELP);
    return EXIT.ok;
  }
  const notify = values.quiet ? () => {} : progressLine();
  try {
    if (what === 'backup') await backup(names, values.store, notify);
    else if (what === 'copy') await copy(names, notify);
    else throw new Failure(EXIT.usage, 'give backup or copy; see --help');
  } catch (error) {
    throw failureOf(error);
  }
  return EXIT.ok;
}

async function backup(names: readonly string[], url: string | undefined, notify: Notify): Promise<void> {
  const [file] = names;
  if (file === undefined || names.length > 1) throw new Failure(EXIT.usage, 'give the file to write');
  const { HISTORY_URL, DATA_DIR = './data' } = process.env;
  const from = url ?? HISTORY_URL ?? `sqlite:${DATA_DIR}`;
  if (!from.startsWith('sqlite:')) {
    throw new Failure(
      EXIT.usage,
      'only the embedded store can be backed up this way: for PostgreSQL use pg_dump',
    );
  }
  await backUpSqlite(from, file, ({ done, of }) => notify(`${done} of ${of} pages`));
  await print(`${file}\n`);
}

async function copy(names: readonly string[], notify: Notify): Promise<void> {
  const [from, to] = names.map(urlOf);
  if (from === undefined || to === undefined || names.length > 2)
    throw new Failure(EXIT.usage, 'give a store to read and a store to write');
  if (from === to) throw new Failure(EXIT.usage, 'give two different stores: these are the same');
  const showProgress = ({ table, rows }: CopyProgress) => notify(`${table}: ${rows}`);
  const { rows, epoch } = await copyStore({ from, to }, showProgress);
  const counted = ['channels', 'events', 'changes']
    .map((name) => `${rows.get(name) ?? 0} ${name}`)
    .join(', ');
  await print(`copied and verified: ${counted}; epoch ${epoch}\n`);
}

/** A directory name, or a URL. */
function urlOf(name: string): string {
  return name.includes(':') ? name : `sqlite:${name}`;
}

type Notify = (text: string) => void;

/** Overwrites one line of stderr, if it is a terminal; a few times a second. */
function progressLine(): Notify {
  if (!process.stderr.isTTY) return () => {};
  let toldAt = 0;
  return (text) => {
    const now = performance.now();
    if (now - toldAt < 200) return;
    toldAt = now;
    process.stderr.write(`\r\x1b[K${text}\r`);
  };
}

const CODES: Readonly<Record<CopyRefused['reason'], number>> = {
  'no such store': EXIT.noInput,
  'in use': EXIT.temporary,
  'not empty': EXIT.cannotCreate,
  'cannot write': EXIT.cannotCreate,
  differs: EXIT.software,
};

function failureOf(error: unknown): unknown {
  if (error instanceof CopyRefused) return new Failure(CODES[error.reason], error.message);
  if (error instanceof UnfitStore) return new Failure(EXIT.data, error.message);
  if (error instanceof TypeError) return new Failure(EXIT.usage, error.message);
  if (error instanceof HistoryUnavailable) return new Failure(EXIT.unavailable, withCause(error));
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  // The codes by which the system and PostgreSQL report that they cannot be reached, or refuse the login.
  if (/^(E[A-Z]+|28...|3D...)$/.test(code)) return new Failure(EXIT.unavailable, (error as Error).message);
  if (code === 'ERR_SQLITE_ERROR' || code === 'ENOSPC')
    return new Failure(EXIT.cannotCreate, (error as Error).message);
  return error;
}

function withCause({ message, cause }: Error): string {
  return cause instanceof Error ? `${message}: ${cause.message}` : message;
}
