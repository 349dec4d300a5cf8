import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, postgresInstalled, startPostgres } from '../../../tests/servers/postgres.ts';
import { epochOf } from './epoch-of.ts';

const run = promisify(execFile);

describe.skipIf(!postgresInstalled)('the epoch of a store on PostgreSQL', () => {
  let server: Postgres;
  let url: string;
  beforeAll(async () => {
    server = await startPostgres();
    url = await server.createDatabase();
  });
  afterAll(() => server?.stop());

  it('stays over a restart of the server', async () => {
    const first = await epochOf(url);
    await server.restart();
    expect(await epochOf(url)).toBe(first);
  });

  it('is another where a dump is restored on another server', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'carillon-epoch-'));
    const first = await epochOf(url);
    const dump = join(folder, 'carillon.dump');
    await run('pg_dump', ['-Fc', '-f', dump, url]);
    const other = await startPostgres();
    const restored = await other.createDatabase();
    await run('pg_restore', ['-d', restored, dump]);
    expect(await epochOf(restored)).not.toBe(first);
    await other.stop();
    rmSync(folder, { recursive: true, force: true });
  });
});
