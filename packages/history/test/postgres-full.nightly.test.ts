import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { postgresInstalled, query } from '../../../tests/servers/postgres.ts';
import { disksPermitted } from '../../../tests/servers/small-disk.ts';
import { type SmallPostgres, startSmallPostgres } from '../../../tests/servers/small-postgres.ts';
import { type History, HistoryFull, openHistory } from '../src/index.ts';
import { draft, range, seqsOf } from './contract/store.ts';

describe.skipIf(!postgresInstalled || !disksPermitted())('a store on PostgreSQL whose disk is full', () => {
  let server: SmallPostgres;
  let history: History;
  beforeAll(async () => {
    server = await startSmallPostgres();
    history = await openHistory(server.url);
  });
  afterAll(async () => {
    await history?.close();
    await server?.stop();
  });

  it('refuses posts as full, stores nothing of them, reads on, and goes on without a hole once there is room', async () => {
    let stored = 0;
    const post = async () => {
      await history.append(range(1, 20).map((n) => draft('full', `${n} ${crypto.randomUUID().repeat(50)}`)));
      stored += 20;
    };
    await post();
    server.disk.fill();
    const posting = async () => {
      for (const _ of range(1, 1_000)) await post();
    };
    await expect(posting()).rejects.toThrow(HistoryFull);
    await expect(post()).rejects.toThrow('the disk of PostgreSQL is full');
    // A row that is changed in place has room still.
    const pinged = `update meta set value = value where name = 'ping' returning value`;
    expect(await query(server.url, pinged)).toHaveLength(1);
    for (const _ of [1, 2]) await expect(history.ping()).rejects.toThrow(HistoryFull);
    expect(seqsOf(await history.after('full', 0, 100_000))).toEqual(range(1, stored));
    server.disk.makeRoom();
    // As where nobody posts, since no node says that it is ready.
    await history.ping();
    await post();
    expect(seqsOf(await history.after('full', 0, 100_000))).toEqual(range(1, stored));
    const left = `select 1 from pg_class where relname = 'room_wanted'`;
    expect(await query(server.url, left)).toEqual([]);
  });
});
