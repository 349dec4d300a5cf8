import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Change } from '@carillon/protocol';
import { afterAll, describe, expect, it } from 'vitest';
import { putEmptyDatabase } from '../../../tests/servers/empty-database.ts';
import { DirectoryInUse, openHistory } from '../src/index.ts';
import { openPglite } from '../src/pglite.ts';
import { openSqlHistory } from '../src/sql-history.ts';
import { bodiesOf, draft, range, seqsOf } from './contract/store.ts';
import { expectWhole } from './contract/whole.ts';
import { startChild } from './processes/child.ts';

/** Starting a process with an embedded database in it takes seconds, under strace on a busy machine many. */
const SLOW_MS = 300_000;

describe('processes with history on PGlite', () => {
  const directories: string[] = [];
  const newDirectory = () => {
    const directory = mkdtempSync(join(tmpdir(), 'carillon-pglite-'));
    directories.push(directory);
    return directory;
  };
  const newUrl = async () => {
    const directory = newDirectory();
    await putEmptyDatabase(directory);
    return `pglite://${directory}`;
  };
  afterAll(() => {
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });

  it(
    'refuses a directory that is open, in another process and in the same, and takes it once that is killed',
    async () => {
      const url = await newUrl();
      const holder = startChild(url);
      await holder.next('open');
      await expect(openHistory(url)).rejects.toThrow(`process ${holder.process.pid} has this directory open`);
      await holder.kill();
      const history = await openHistory(url);
      await expect(openHistory(url)).rejects.toThrow(DirectoryInUse);
      const second = startChild(url);
      await expect(second.next('open')).rejects.toThrow(`process ${process.pid} has this directory open`);
      await second.kill();
      await history.close();
    },
    SLOW_MS,
  );

  it(
    'begins anew where a process was killed while it made the database',
    async () => {
      const directory = newDirectory();
      mkdirSync(join(directory, 'db.new', 'base'), { recursive: true });
      writeFileSync(join(directory, 'db.new', 'PG_VERSION'), '18\n');
      const history = await openHistory(`pglite://${directory}`);
      expect(await history.append([draft('new', '1')])).toMatchObject([{ outcome: 'created' }]);
      await history.close();
      expect(readdirSync(directory)).toEqual(['db']);
    },
    SLOW_MS,
  );

  it(
    'keeps all that was answered, without a hole, when its process is killed in the middle of posts',
    async () => {
      const url = await newUrl();
      const answered = new Map<number, string>();
      for (const round of [1, 2]) {
        const child = startChild(url);
        await child.next('open');
        child.order({ kind: 'post', channel: 'killed', writers: 20 });
        while (answered.size < round * 1_000) {
          const { seq, body } = await child.next('stored');
          answered.set(seq, `${body}`);
        }
        await child.kill();
      }
      const history = await openHistory(url);
      const stored = await history.after('killed', 0, 1_000_000);
      expect(seqsOf(stored)).toEqual(range(1, stored.length));
      for (const [seq, body] of answered) expect(bodiesOf(stored)[seq - 1]).toBe(body);
      await history.close();
    },
    SLOW_MS,
  );

  it(
    'does each change of a message whole or not at all when its process is killed in the middle',
    async () => {
      const url = await newUrl();
      const answered: Change[] = [];
      for (const round of [1, 2]) {
        const child = startChild(url);
        await child.next('open');
        for (const author of ['a', 'b', 'c'])
          child.order({ kind: 'change', channel: 'killed', author: `${author}-${round}`, count: 10_000 });
        while (answered.length < round * 40) answered.push((await child.next('changed')).change);
        await child.kill();
      }
      const database = await openPglite(url);
      const history = await openSqlHistory(database);
      const log = await expectWhole({ history, database }, 'killed');
      for (const { seq, type } of answered) expect(log[seq - 1]).toMatchObject({ seq, type });
      await history.close();
    },
    SLOW_MS,
  );

  it.skipIf(!straceInstalled())(
    'syncs its log to the disk for every commit',
    async () => {
      const directory = newDirectory();
      const trace = join(directory, 'trace');
      const mark = join(directory, 'mark');
      const count = 50;
      const strace = ['strace', '-f', '--seccomp-bpf', '-y', '-e', 'trace=fsync,fdatasync', '-o', trace];
      const child = startChild(`pglite://${directory}/data`, strace);
      await child.next('open');
      child.order({ kind: 'commit', channel: 'synced', count, mark });
      await child.next('committed');
      child.process.disconnect();
      const lines = readFileSync(trace, 'utf8').split('\n');
      const between = lines.slice(
        lines.findIndex((line) => line.includes(mark)),
        lines.findLastIndex((line) => line.includes(mark)),
      );
      const synced = between.filter((line) => /sync\(\d+<[^>]*\/pg_wal\/[^>]*>\)\s+= 0$/.test(line));
      expect(synced.length).toBeGreaterThanOrEqual(count);
    },
    SLOW_MS,
  );
});

function straceInstalled(): boolean {
  try {
    execFileSync('strace', ['-V'], { stdio: 'ignore' });
    return true;
  } catch {
    const remedy = 'strace is not installed: apt-get install strace';
    if (process.env.CI === 'true') throw new Error(remedy);
    console.log(`skipped: ${remedy}`);
    return false;
  }
}
