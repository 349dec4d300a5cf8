import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Postgres, postgresInstalled, query, startPostgres } from '../../../tests/servers/postgres.ts';
import { disksPermitted, memoryDisk, type SmallDisk } from '../../../tests/servers/small-disk.ts';
import { type History, HistoryFull, openHistory } from '../src/index.ts';
import { draft, range, seqsOf } from './contract/store.ts';

/** An empty database takes 8 MiB of it. */
const DISK_BYTES = 40 * 1024 * 1024;

describe.skipIf(!postgresInstalled || !disksPermitted())('a store on PostgreSQL whose disk is full', () => {
  let disk: SmallDisk;
  let server: Postgres;
  let history: History;
  beforeAll(async () => {
    disk = memoryDisk(DISK_BYTES);
    server = await startPostgres();
    const space = join(disk.path, 'space');
    mkdirSync(space);
    // The server runs as another user.
    chmodSync(dirname(space), 0o755);
    const { uid, gid } = statSync(server.dataDir);
    execFileSync('chown', [`${uid}:${gid}`, space]);
    await query(server.url, `create tablespace small location '${space}'`);
    await query(server.url, 'create database small tablespace small');
    history = await openHistory(server.url.replace(/\/postgres$/, '/small'));
  });
  afterAll(async () => {
    await history?.close();
    await server?.stop();
    disk?.remove();
  });

  it('refuses posts as full, stores nothing of them, reads on, and goes on without a hole once there is room', async () => {
    let stored = 0;
    const post = async () => {
      await history.append(range(1, 20).map((n) => draft('full', `${n} ${crypto.randomUUID().repeat(50)}`)));
      stored += 20;
    };
    await post();
    disk.fill();
    const posting = async () => {
      for (const _ of range(1, 1_000)) await post();
    };
    await expect(posting()).rejects.toThrow(HistoryFull);
    await expect(post()).rejects.toThrow('PostgreSQL has no room on its disk');
    expect(seqsOf(await history.after('full', 0, 100_000))).toEqual(range(1, stored));
    disk.makeRoom();
    await post();
    expect(seqsOf(await history.after('full', 0, 100_000))).toEqual(range(1, stored));
  });
});
