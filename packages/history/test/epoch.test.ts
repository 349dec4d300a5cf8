import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lentDatabase } from '../../../tests/servers/lent.ts';
import { postgresInstalled, query } from '../../../tests/servers/postgres.ts';
import { epochOf } from './epoch-of.ts';

const run = promisify(execFile);

describe.skipIf(!postgresInstalled)('the epoch of a store on PostgreSQL', () => {
  let folder: string;
  let url: string;
  let dump: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'carillon-epoch-'));
    url = await lentDatabase();
    await epochOf(url);
    dump = join(folder, 'carillon.dump');
    await run('pg_dump', ['-Fc', '-f', dump, url]);
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is another where a dump is restored, into a new database or over the one that it came from', async () => {
    const first = await epochOf(url);
    const elsewhere = await lentDatabase();
    await run('pg_restore', ['-d', elsewhere, dump]);
    const there = await epochOf(elsewhere);
    expect(there).not.toBe(first);
    expect(await epochOf(elsewhere)).toBe(there);

    await run('pg_restore', ['-d', url, '--clean', '--if-exists', dump]);
    const here = await epochOf(url);
    expect([first, there]).not.toContain(here);
  });

  it('is another in a copy on the same server', async () => {
    const first = await epochOf(url);
    const name = url.split('/').at(-1);
    await query(url.replace(/[^/]+$/, 'postgres'), `create database ${name}_copy template ${name}`);
    expect(await epochOf(`${url}_copy`)).not.toBe(first);
  });

  it('is read by a user that may do nothing but own the database', async () => {
    const owned = new URL(await lentDatabase());
    const name = owned.pathname.slice(1);
    // Users are the whole server's, and other suites have theirs.
    const user = `owner_of_${name}`;
    await query(owned.href, `create user ${user}`);
    await query(owned.href, `alter database ${name} owner to ${user}`);
    owned.username = user;
    const first = await epochOf(owned.href);
    expect(await epochOf(owned.href)).toBe(first);
  });

  it('is another once it was taken away, as after a restore that nobody but its operator can see', async () => {
    const first = await epochOf(url);
    const page = readFileSync(new URL('../../../docs/operate.md', import.meta.url), 'utf8');
    const printed = /^psql .*/m.exec(page)?.[0] ?? 'false';
    await run('bash', ['-c', printed], { env: { ...process.env, HISTORY_URL: url } });
    expect(await epochOf(url)).not.toBe(first);
  });
});
