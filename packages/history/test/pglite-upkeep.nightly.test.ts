import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { putEmptyDatabase } from '../../../tests/servers/empty-database.ts';
import type { Database } from '../src/database.ts';
import type { History } from '../src/index.ts';
import { openPglite } from '../src/pglite.ts';
import { openSqlHistory } from '../src/sql-history.ts';

/** Upkeep looks once a second, and waits for a quiet one; a busy machine takes longer. */
const WITHIN_MS = 90_000;

describe('upkeep of an embedded database', () => {
  const directory = mkdtempSync(join(tmpdir(), 'carillon-upkeep-'));
  let database: Database;
  let history: History;
  beforeAll(async () => {
    await putEmptyDatabase(directory);
    database = await openPglite(`pglite://${directory}`);
    history = await openSqlHistory(database);
  });
  afterAll(async () => {
    await history.close();
    rmSync(directory, { recursive: true, force: true });
  });

  const number = async (sql: string) => {
    const [row] = await database.run({ name: sql.slice(0, 60), text: sql }, []);
    return Number(Object.values(row ?? {})[0]);
  };
  /** Asks twice a second: a busier test would not be a quiet time. */
  const until = async (holds: () => Promise<boolean>) => {
    const deadline = Date.now() + WITHIN_MS;
    while (!(await holds())) {
      if (Date.now() > deadline) throw new Error('upkeep did not happen');
      await sleep(500);
    }
  };
  const post = (count: number, body: string) =>
    history.append(
      Array.from({ length: count }, () => ({ channel: 'lobby', author: { id: 'ada', name: 'Ada' }, body })),
    );

  it('makes a checkpoint once enough log has gathered, so that the log on disk stays bounded', async () => {
    const checkpoint = () =>
      number(`select pg_wal_lsn_diff(redo_lsn, '0/0')::int8 from pg_control_checkpoint()`);
    const before = await checkpoint();
    // 24 MB that do not compress.
    const body = Array.from({ length: 8_000 }, () => Math.random().toString(36).slice(2, 10)).join('');
    for (let batch = 0; batch < 8; batch++) await post(50, body);
    await until(async () => (await checkpoint()) > before);
  });

  it('freezes new rows, so that the numbers of transactions never run out', async () => {
    for (let batch = 0; batch < 12; batch++) await post(1_000, 'x');
    await until(
      async () => (await number(`select relallfrozen::int8 from pg_class where relname = 'events'`)) > 0,
    );
    expect(
      await number(`select age(relfrozenxid)::int8 from pg_class where relname = 'events'`),
    ).toBeLessThan(30);
  });

  it('gives the room of dropped events to new ones', async () => {
    const pages = () => number(`select pg_relation_size('events')::int8`);
    const vacuums = () => number(`select pg_stat_get_vacuum_count('events'::regclass)`);
    const earlier = await vacuums();
    await history.retain({ maxCount: 10 });
    await until(
      async () =>
        (await vacuums()) > earlier &&
        (await number(`select pg_stat_get_dead_tuples('events'::regclass)`)) === 0,
    );
    const before = await pages();
    for (let batch = 0; batch < 5; batch++) await post(1_000, 'y');
    expect(await pages()).toBeLessThanOrEqual(before);
    expect(await history.extents(['lobby'])).toMatchObject(new Map([['lobby', { head: 17_400 }]]));
  });
});
