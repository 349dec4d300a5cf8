import { execFile } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, postgresInstalled, query, startPostgres } from '../../../tests/servers/postgres.ts';
import { openHistory } from '../src/index.ts';

const run = promisify(execFile);

/** The epoch that a store has when it is opened, and closed again. */
async function epochOf(url: string): Promise<string> {
  const history = await openHistory(url);
  await history.close();
  return history.epoch;
}

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-epoch-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the epoch of an embedded store', () => {
  it('stays over a restart and a move, and is another in each copy and each copy of a copy', async () => {
    const place = (name: string) => join(folder, name);
    const urlOf = (name: string) => `pglite://${place(name)}`;
    const first = await epochOf(urlOf('original'));
    renameSync(place('original'), place('moved'));
    expect(await epochOf(urlOf('moved'))).toBe(first);

    cpSync(place('moved'), place('backup'), { recursive: true, preserveTimestamps: true });
    // Put back where it came from, under the old name.
    rmSync(place('moved'), { recursive: true });
    cpSync(place('backup'), place('moved'), { recursive: true, preserveTimestamps: true });
    const restored = await epochOf(urlOf('moved'));
    expect(restored).not.toBe(first);
    expect(await epochOf(urlOf('moved'))).toBe(restored);
    expect([first, restored]).not.toContain(await epochOf(urlOf('backup')));
  }, 150_000);

  it('is another after a restore that replaces only the files that differ', async () => {
    const [data, backup] = [join(folder, 'differing'), join(folder, 'differing.backup')];
    const first = await epochOf(`pglite://${data}`);
    cpSync(data, backup, { recursive: true, preserveTimestamps: true });
    // Times are compared in seconds, and a backup is older than that.
    await sleep(1_100);
    expect(await epochOf(`pglite://${data}`)).toBe(first);
    expect(replaceDiffering(backup, data)).not.toContain('PG_VERSION');
    expect(await epochOf(`pglite://${data}`)).not.toBe(first);
  }, 150_000);
});

/** As `rsync --archive from/ to/` does: what has the same size and time of change is left alone. Gives the names of what was replaced. */
function replaceDiffering(from: string, to: string): string[] {
  const replaced: string[] = [];
  for (const entry of readdirSync(from, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile()) continue;
    const source = join(entry.parentPath, entry.name);
    const target = join(to, source.slice(from.length));
    const [wanted, found] = [statSync(source), statSync(target, { throwIfNoEntry: false })];
    const seconds = (mtimeMs: number) => Math.floor(mtimeMs / 1_000);
    if (found?.size === wanted.size && seconds(found.mtimeMs) === seconds(wanted.mtimeMs)) continue;
    copyFileSync(source, `${target}.new`);
    utimesSync(`${target}.new`, wanted.atime, wanted.mtime);
    renameSync(`${target}.new`, target);
    replaced.push(entry.name);
  }
  return replaced;
}

describe.skipIf(!postgresInstalled)('the epoch of a store on PostgreSQL', () => {
  let server: Postgres;
  let url: string;
  let dump: string;
  beforeAll(async () => {
    server = await startPostgres();
    url = await server.createDatabase();
    await epochOf(url);
    dump = join(folder, 'carillon.dump');
    await run('pg_dump', ['-Fc', '-f', dump, url]);
  });
  afterAll(() => server?.stop());

  it('stays over a restart of the server', async () => {
    const first = await epochOf(url);
    await server.restart();
    expect(await epochOf(url)).toBe(first);
  });

  it('is another where a dump is restored, into a new database or over the one that it came from', async () => {
    const first = await epochOf(url);
    const elsewhere = await server.createDatabase();
    await run('pg_restore', ['-d', elsewhere, dump]);
    const there = await epochOf(elsewhere);
    expect(there).not.toBe(first);
    expect(await epochOf(elsewhere)).toBe(there);

    await run('pg_restore', ['-d', url, '--clean', '--if-exists', dump]);
    const here = await epochOf(url);
    expect([first, there]).not.toContain(here);
  });

  it('is another where a dump is restored on another server, and in a copy on the same one', async () => {
    const first = await epochOf(url);
    const copy = url.replace(/[^/]+$/, 'copy');
    await query(server.url, `create database copy template ${url.split('/').at(-1)}`);
    expect(await epochOf(copy)).not.toBe(first);

    const other = await startPostgres();
    const restored = await other.createDatabase();
    await run('pg_restore', ['-d', restored, dump]);
    expect(await epochOf(restored)).not.toBe(first);
    await other.stop();
  });

  it('is read by a user that may do nothing but own the database', async () => {
    await query(server.url, 'create user plain');
    await query(server.url, 'create database plains owner plain');
    const plain = new URL(server.url);
    plain.username = 'plain';
    plain.pathname = '/plains';
    const first = await epochOf(plain.href);
    expect(await epochOf(plain.href)).toBe(first);
  });

  it('is another once it was taken away, as after a restore that nobody but its operator can see', async () => {
    const first = await epochOf(url);
    const page = readFileSync(new URL('../../../docs/operate.md', import.meta.url), 'utf8');
    const printed = /^psql .*/m.exec(page)?.[0] ?? 'false';
    await run('bash', ['-c', printed], { env: { ...process.env, HISTORY_URL: url } });
    expect(await epochOf(url)).not.toBe(first);
  });
});
