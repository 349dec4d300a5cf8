import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { query, startPostgres } from './postgres.ts';
import { memoryDisk, type SmallDisk } from './small-disk.ts';

/** An empty database takes 8 MiB of it. */
const DISK_BYTES = 40 * 1024 * 1024;

/** A database on a small disk of its own, on a server whose other files are elsewhere. */
export interface SmallPostgres {
  readonly url: string;
  readonly disk: SmallDisk;
  /** Stops the server, and unmounts the disk. */
  stop(): Promise<void>;
}

/** Starts a server, and makes such a database: by a tablespace, so that the write-ahead log has room and the server goes on. */
export async function startSmallPostgres(): Promise<SmallPostgres> {
  const disk = memoryDisk(DISK_BYTES);
  const server = await startPostgres();
  const space = join(disk.path, 'space');
  mkdirSync(space);
  // The server runs as another user.
  chmodSync(dirname(space), 0o755);
  const { uid, gid } = statSync(server.dataDir);
  execFileSync('chown', [`${uid}:${gid}`, space]);
  await query(server.url, `create tablespace small location '${space}'`);
  await query(server.url, 'create database small tablespace small');
  return {
    url: server.url.replace(/\/postgres$/, '/small'),
    disk,
    async stop() {
      await server.stop();
      disk.remove();
    },
  };
}
