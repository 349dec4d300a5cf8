import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { propertyRuns } from '../../../tests/property-runs.ts';
import { DirectoryInUse, type History, openHistory } from '../src/index.ts';
import { fileOf } from '../src/sqlite/open.ts';
import { bodiesOf, draft, range, seqsOf } from './contract/store.ts';
import { type Child, startChild } from './processes/child.ts';

/** Starting a process takes a second, on a busy machine many; at night it is done a hundred times. */
const SLOW_MS = 600_000;

/** After its file is there, a first start takes less, ms, and the first posts come within it. */
const FIRST_START_MS = 300;

describe('processes with history on SQLite', () => {
  const directories: string[] = [];
  const newUrl = () => {
    const directory = mkdtempSync(join(tmpdir(), 'carillon-sqlite-'));
    directories.push(directory);
    return `sqlite:${directory}`;
  };
  afterAll(() => {
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  });

  it(
    'refuse a store that is open, in another process and in the same, and take it once its holder is killed',
    async () => {
      const url = newUrl();
      const holder = startChild(url);
      await holder.next('open');
      await expect(openHistory(url)).rejects.toThrow(DirectoryInUse);
      await holder.kill();
      const history = await openHistory(url);
      await expect(openHistory(url)).rejects.toThrow('another process has this store open');
      const second = startChild(url);
      await expect(second.next('open')).rejects.toThrow('another process has this store open');
      await second.kill();
      // Whoever was refused has taken nothing from whoever has it.
      await history.append([draft('held', '1')]);
      await expect(openHistory(url)).rejects.toThrow(DirectoryInUse);
      await history.close();
    },
    SLOW_MS,
  );

  it(
    'keep all that was answered, without a hole, and start again, however often they are killed under posts',
    async () => {
      const url = newUrl();
      const answered = new Map<number, string>();
      for (const _ of range(1, propertyRuns(3, 50))) {
        const child = startChild(url);
        child.order({ kind: 'post', channel: 'killed', writers: 20 });
        for (const _ of range(0, Math.floor(Math.random() * 300)))
          note(answered, [await child.next('stored')]);
        await child.kill();
        note(answered, child.come('stored'));
      }
      const history = await openHistory(url);
      await expectKept(history, 'killed', answered);
      await history.close();
    },
    SLOW_MS,
  );

  it(
    'lose nothing that was answered where they are killed at any moment of their first start',
    async () => {
      for (const _ of range(1, propertyRuns(3, 50))) {
        const url = newUrl();
        const child = startChild(url);
        child.order({ kind: 'post', channel: 'first', writers: 5 });
        await vi.waitUntil(() => existsSync(fileOf(url)), { timeout: SLOW_MS, interval: 1 });
        // A moment is what this is about: any is right, and most is done in the first ones.
        await sleep(Math.random() ** 2 * FIRST_START_MS);
        await child.kill();
        const history = await openHistory(url);
        await expectKept(history, 'first', note(new Map(), child.come('stored')));
        expect(await history.append([draft('first', 'again')])).toMatchObject([{ outcome: 'created' }]);
        await history.close();
      }
    },
    SLOW_MS,
  );
});

type Stored = Awaited<ReturnType<Child['next']>> & { kind: 'stored' };

function note(answered: Map<number, string>, stored: readonly Stored[]): Map<number, string> {
  for (const { seq, body } of stored) {
    // No seq is given twice, whatever was killed in between.
    expect(answered.has(seq)).toBe(false);
    answered.set(seq, body);
  }
  return answered;
}

/** Every answer is in the log under its seq, and the log has no hole. */
async function expectKept(history: History, channel: string, answered: ReadonlyMap<number, string>) {
  const stored = await history.after(channel, 0, 1_000_000);
  expect(seqsOf(stored)).toEqual(range(1, stored.length));
  const bodies = bodiesOf(stored);
  for (const [seq, body] of answered) expect(bodies[seq - 1]).toBe(body);
}
