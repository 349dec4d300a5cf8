import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { permitted } from '../../../tests/servers/permitted.ts';
import { openHistory } from '../src/index.ts';
import { range, seqsOf } from './contract/store.ts';
import { startChild } from './processes/child.ts';
import type { Load } from './processes/worker.ts';

/** What a sync takes on a slow disk, ms. */
const SYNC_MS = 20;

const POSTS = 3_000;

/** No turn of the event loop is later than this, 99 times of 100, ms: half of a sync. */
const DELAY_MS = 10;

describe('a process whose disk takes 20 ms for each sync', () => {
  const directories: string[] = [];
  afterAll(() => {
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });

  /** Loads a process of its own, each of whose syncs takes so much longer, and counts them. */
  async function loaded(syncMs: number): Promise<Load & { syncs: number }> {
    const directory = mkdtempSync(join(tmpdir(), 'carillon-slow-disk-'));
    directories.push(directory);
    const trace = join(directory, 'trace');
    const slow = syncMs === 0 ? [] : ['-e', `inject=fsync,fdatasync:delay_exit=${syncMs * 1_000}`];
    const syncs = ['-y', '-e', 'trace=fsync,fdatasync', '-o', trace];
    const url = `sqlite:${directory}/data`;
    const child = startChild(url, ['strace', '-f', '--seccomp-bpf', ...syncs, ...slow]);
    await child.next('open');
    child.order({ kind: 'load', channel: 'slow', posts: POSTS });
    const load = await child.next('loaded');
    // A kill would end strace alone.
    const ended = once(child.process, 'exit');
    child.process.disconnect();
    await ended;
    const history = await openHistory(url);
    expect(seqsOf(await history.after('slow', 0, 2 * POSTS))).toEqual(range(1, POSTS));
    await history.close();
    const lines = readFileSync(trace, 'utf8').split('\n');
    return { ...load, syncs: lines.filter((line) => /sync\(\d+<[^>]*\/carillon\.db-wal>/.test(line)).length };
  }

  it.skipIf(!permitted('strace', ['strace', '-V']))(
    'turns on and reads meanwhile, and commits more posts with each sync',
    async () => {
      // What strace itself costs, and this machine today.
      const quick = await loaded(0);
      const slow = await loaded(SYNC_MS);
      expect(slow.delayMs).toBeLessThan(Math.max(DELAY_MS, 2 * quick.delayMs));
      expect(slow.readMs).toBeLessThan(Math.max(SYNC_MS, 2 * quick.readMs));
      // The disk did take its time.
      expect(slow.commits).toBeLessThan(quick.commits / 2);
      expect(POSTS / slow.syncs).toBeGreaterThan((2 * POSTS) / quick.syncs);
    },
    300_000,
  );
});
