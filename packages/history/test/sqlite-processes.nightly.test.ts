import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Change } from '@carillon/protocol';
import { afterAll, describe, expect, it } from 'vitest';
import { permitted } from '../../../tests/servers/permitted.ts';
import { openHistory } from '../src/index.ts';
import { draft, range, seqsOf } from './contract/store.ts';
import { expectWhole } from './contract/whole.ts';
import { sqliteHands } from './hands/sqlite.ts';
import { startChild } from './processes/child.ts';

/** Starting a process takes a second, under strace on a busy machine many. */
const SLOW_MS = 300_000;

const DAY_MS = 24 * 60 * 60 * 1_000;

/** A process of these is the first of its own world of processes, as in a container. */
const OWN_PROCESSES = ['unshare', '--pid', '--fork', '--kill-child', '--mount-proc'];

describe('processes with history on SQLite, at night', () => {
  const directories: string[] = [];
  const newDirectory = () => {
    const directory = mkdtempSync(join(tmpdir(), 'carillon-sqlite-'));
    directories.push(directory);
    return directory;
  };
  afterAll(() => {
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });

  it.skipIf(!permitted('unshare --pid', [...OWN_PROCESSES, 'true']))(
    'that see nothing of each other, as in two containers with one volume, are refused all the same',
    async () => {
      const url = `sqlite:${newDirectory()}`;
      const holder = startChild(url, OWN_PROCESSES);
      expect((await holder.next('open')).pid).toBe(1);
      const second = startChild(url, OWN_PROCESSES);
      await expect(second.next('open')).rejects.toThrow('another process has this store open');
      await second.kill();
      await holder.kill();
      const third = startChild(url, OWN_PROCESSES);
      expect((await third.next('open')).pid).toBe(1);
      await third.kill();
    },
    SLOW_MS,
  );

  it(
    'do each change of a message whole or not at all when they are killed in the middle',
    async () => {
      const url = `sqlite:${newDirectory()}`;
      const answered: Change[] = [];
      for (const round of range(1, 5)) {
        const child = startChild(url);
        await child.next('open');
        for (const author of ['a', 'b', 'c'])
          child.order({ kind: 'change', channel: 'killed', author: `${author}-${round}`, count: 10_000 });
        while (answered.length < round * 40) answered.push((await child.next('changed')).change);
        await child.kill();
        for (const { change } of child.come('changed')) answered.push(change);
      }
      const history = await openHistory(url);
      const hands = sqliteHands(url);
      const log = await expectWhole({ history, hands }, 'killed');
      await hands.close();
      for (const { seq, type } of answered) expect(log[seq - 1]).toMatchObject({ seq, type });
      await history.close();
    },
    SLOW_MS,
  );

  it.skipIf(!permitted('strace', ['strace', '-V']))(
    'sync the log to the disk before each answer',
    async () => {
      const directory = newDirectory();
      const trace = join(directory, 'trace');
      const mark = join(directory, 'mark');
      const count = 50;
      const strace = ['strace', '-f', '--seccomp-bpf', '-y', '-e', 'trace=fsync,fdatasync', '-o', trace];
      const child = startChild(`sqlite:${directory}/data`, strace);
      await child.next('open');
      child.order({ kind: 'commit', channel: 'synced', count, mark });
      await child.next('committed');
      const ended = once(child.process, 'exit');
      child.process.disconnect();
      await ended;
      // Each post follows the answer to the one before: with as many syncs as posts, each is synced before its answer.
      const between = betweenMarks(readFileSync(trace, 'utf8').split('\n'), mark);
      const synced = between.filter((line) => /sync\(\d+<[^>]*\/carillon\.db-wal>\)\s+= 0$/.test(line));
      expect(synced.length).toBeGreaterThanOrEqual(count);
    },
    SLOW_MS,
  );

  it.skipIf(!permitted('strace', ['strace', '-V']))(
    'keep what was answered where the disk fails to sync a commit, and say that of this one nobody knows',
    async () => {
      const directory = newDirectory();
      const url = `sqlite:${directory}/data`;
      const failing = ['-e', 'trace=fsync,fdatasync', '-e', 'inject=fsync,fdatasync:error=EIO:when=100+'];
      const strace = ['strace', '-f', '--seccomp-bpf', '-o', '/dev/null', ...failing];
      const child = startChild(url, strace);
      child.order({ kind: 'post', channel: 'unsynced', writers: 5 });
      const ended = once(child.process, 'exit');
      expect(await child.next('failed')).toMatchObject({
        message: expect.stringContaining('the disk reports errors'),
        stored: 'unknown',
      });
      await ended;
      const history = await openHistory(url);
      const stored = await history.after('unsynced', 0, 100_000);
      expect(seqsOf(stored)).toEqual(range(1, stored.length));
      const answered = child.come('stored');
      expect(answered.length).toBeGreaterThan(50);
      for (const { seq, body } of answered) expect(stored[seq - 1]).toMatchObject({ seq, body });
      await history.close();
    },
    SLOW_MS,
  );

  it(
    'whose clocks are set far ahead and far back never turn time back along a log',
    async () => {
      const url = `sqlite:${newDirectory()}`;
      const batch = [draft('clock', '1'), draft('clock', '2')];
      for (const days of [0, -4_000, 4_000, 0, -4_000]) {
        const child = startChild(url, clockSetBy(days * DAY_MS));
        await child.next('open');
        child.order({ kind: 'append', batches: [batch, batch], atOnce: 1 });
        const { answers } = await child.next('appended');
        expect(answers.flat()).toMatchObject(
          batch.map(() => ({ outcome: 'created' })).flatMap((a) => [a, a]),
        );
        await child.kill();
      }
      const history = await openHistory(url);
      const stored = await history.after('clock', 0, 100);
      expect(seqsOf(stored)).toEqual(range(1, 20));
      const times = stored.map(({ createdAt }) => Date.parse(createdAt));
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      // It was ahead for some posts, or this would show nothing.
      expect((times.at(-1) as number) - (times[0] as number)).toBeGreaterThan(3_999 * DAY_MS);
      await history.close();
    },
    SLOW_MS,
  );
});

/** What was traced while the marks were made. */
function betweenMarks(lines: readonly string[], mark: string): readonly string[] {
  const first = lines.findIndex((line) => line.includes(mark));
  return lines.slice(
    first,
    lines.findLastIndex((line) => line.includes(mark)),
  );
}

/** Starts Node with another time in each of its threads: the machine's own clock is everybody's. */
function clockSetBy(ms: number): string[] {
  const code = `const now = Date.now; Date.now = () => now() + ${ms};`;
  const module = `data:text/javascript,${encodeURIComponent(code)}`;
  return ['env', `NODE_OPTIONS=--import=${module}`];
}
