import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HistoryUnavailable, openHistory, UnfitStore } from '../src/index.ts';
import { draft } from './contract/store.ts';

/** Where the first page of a SQLite file ends: it holds the list of tables. */
const FIRST_PAGE = 4_096;

describe('a path that holds no store of ours', () => {
  let folder = '';
  /** The file of a store that was closed. */
  let whole = '';
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'carillon-unfit-'));
    const history = await openHistory(`sqlite:${join(folder, 'whole')}`);
    await history.append([draft('there', '1')]);
    await history.close();
    whole = join(folder, 'whole', 'carillon.db');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each(['PG_VERSION', 'db/PG_VERSION', 'history/db/PG_VERSION'])(
    'is refused where a version before kept PGlite in it, with %s',
    async (name) => {
      const directory = join(folder, `pglite-${name.length}`);
      put(join(directory, name), '18\n');
      await expectRefused(directory, UnfitStore, `${directory} holds a PGlite database (${name})`);
    },
  );

  it.each(['delete', 'wal'])(
    'is refused where it is the database of another program, in the journal mode %s',
    async (mode) => {
      const directory = join(folder, `other-${mode}`);
      mkdirSync(directory);
      const file = join(directory, 'carillon.db');
      const other = new DatabaseSync(file);
      other.exec(
        `pragma journal_mode = ${mode}; create table notes (text); insert into notes values ('mine')`,
      );
      other.close();
      await expectRefused(directory, UnfitStore, `${file}: it belongs to another program`);
    },
  );

  it.each([
    ['some bytes', 'hello'],
    ['a long text', 'hello '.repeat(10_000)],
  ])('is refused where the file is no database but %s', async (what, text) => {
    const file = join(folder, what.replace(/ /g, '-'), 'carillon.db');
    put(file, text);
    await expectRefused(dirname(file), UnfitStore, `${file}: its file is not a database`);
  });

  it('is refused where it names a file that is no database, or something below a file', async () => {
    const file = join(folder, 'a-file', 'notes');
    put(file, 'hello');
    await expect(openHistory(`sqlite:${file}/data`)).rejects.toThrow(UnfitStore);
    await expect(openHistory(`sqlite:${file}/data`)).rejects.toThrow(`${file}/data cannot be created`);
    await expect(openHistory(`sqlite:${file}`)).rejects.toThrow(`${file}: its file is not a database`);
    expect(contents(dirname(file))).toEqual([['notes', 'hello']]);
  });

  it('is refused where a directory lies in the place of the file', async () => {
    const directory = join(folder, 'taken');
    mkdirSync(join(directory, 'carillon.db'), { recursive: true });
    const told = `${directory}/carillon.db: its file cannot be opened`;
    await expectRefused(directory, HistoryUnavailable, told);
  });

  it('is refused where the first page is damaged', async () => {
    const directory = join(folder, 'damaged');
    const bytes = readFileSync(whole).fill(0x55, 100, FIRST_PAGE);
    put(join(directory, 'carillon.db'), bytes);
    await expectRefused(directory, UnfitStore, `${directory}/carillon.db: its file is damaged`);
  });

  it('is refused where the file is cut off', async () => {
    const directory = join(folder, 'cut');
    put(join(directory, 'carillon.db'), readFileSync(whole).subarray(0, 5 * FIRST_PAGE));
    await expectRefused(directory, UnfitStore, `${directory}/carillon.db: its file is damaged`);
  });

  it('is told of at each read where a page further on is damaged, and the process goes on', async () => {
    const directory = join(folder, 'damaged-within');
    cpSync(dirname(whole), directory, { recursive: true });
    const file = join(directory, 'carillon.db');
    const root = new DatabaseSync(file, { readOnly: true });
    const [events] = root.prepare(`select rootpage from sqlite_schema where name = 'events'`).all();
    root.close();
    const start = (Number(events?.rootpage) - 1) * FIRST_PAGE;
    writeFileSync(file, readFileSync(file).fill(0x55, start, start + FIRST_PAGE));
    const history = await openHistory(`sqlite:${directory}`);
    for (const _ of [1, 2]) {
      await expect(history.after('there', 0, 10)).rejects.toThrow(HistoryUnavailable);
      await expect(history.append([draft('there', '2')])).rejects.toThrow(/its file is damaged/);
    }
    expect(await history.extents(['there'])).toEqual(new Map([['there', { earliest: 1, head: 1 }]]));
    await history.ping();
    await history.close();
  });

  it('serves an empty file, and one whose first start was killed before its tables were made', async () => {
    const empty = join(folder, 'empty', 'carillon.db');
    put(empty, '');
    const begun = join(folder, 'begun', 'carillon.db');
    mkdirSync(dirname(begun));
    const database = new DatabaseSync(begun);
    database.exec('pragma journal_mode = wal');
    database.close();
    expect(statSync(begun).size).toBe(FIRST_PAGE);
    for (const file of [empty, begun]) {
      const history = await openHistory(`sqlite:${dirname(file)}`);
      expect(await history.append([draft('new', '1')])).toMatchObject([{ outcome: 'created' }]);
      await history.close();
    }
  });
});

/** Opening fails with this, each time, and leaves every byte as it was. */
async function expectRefused(
  directory: string,
  kind: typeof UnfitStore | typeof HistoryUnavailable,
  told: string,
) {
  const before = contents(directory);
  for (const _ of [1, 2]) {
    const refused = await openHistory(`sqlite:${directory}`).catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(kind);
    expect((refused as Error).message).toContain(told);
  }
  expect(contents(directory)).toEqual(before);
}

/** The files in a directory, by name, with what they hold. */
function contents(directory: string): [string, string][] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  return names.map((name) => {
    const path = join(directory, name);
    return [name, statSync(path).isDirectory() ? 'a directory' : readFileSync(path, 'latin1')];
  });
}

function put(file: string, bytes: string | Uint8Array): void {
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, bytes);
}
