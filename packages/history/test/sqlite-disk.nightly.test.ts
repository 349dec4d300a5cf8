import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import {
  disksPermitted,
  type FailingDisk,
  failingDisk,
  memoryDisk,
  type SmallDisk,
} from '../../../tests/servers/small-disk.ts';
import { GroupCommit, type History, HistoryFull, HistoryUnavailable, openHistory } from '../src/index.ts';
import { bodiesOf, draft, range, seqsOf } from './contract/store.ts';
import { found } from './found-messages.ts';
import { startChild } from './processes/child.ts';

const MIB = 1024 * 1024;

/** As a client that is told to try again later, ms. */
const PAUSE_MS = 20;

/** How long it is watched whether a store that cannot write rests, ms, and the share of one core that rest may take. */
const WATCHED_MS = 2_000;
const AT_REST = 0.2;

/** A start takes a second, on a busy machine many. */
const SLOW_MS = 120_000;

describe.skipIf(!disksPermitted())('a store on SQLite whose disk', () => {
  const disks: SmallDisk[] = [];
  const histories: History[] = [];
  const on = <Disk extends SmallDisk>(disk: Disk): Disk => {
    disks.push(disk);
    return disk;
  };
  const open = async (disk: SmallDisk): Promise<History> => {
    const history = await openHistory(`sqlite:${join(disk.path, 'data')}`);
    histories.push(history);
    return history;
  };
  afterEach(async () => {
    await Promise.all(histories.splice(0).map((history) => history.close()));
    for (const disk of disks.splice(0)) disk.remove();
  });

  describe.each([
    ['in memory', () => memoryDisk(6 * MIB)],
    ['with ext4', () => failingDisk(24 * MIB)],
  ])('is full, %s,', (_name, newDisk) => {
    it('refuses posts as full, stores nothing of them, reads on, and goes on without a hole once there is room', async () => {
      const disk = on(newDisk());
      const history = await open(disk);
      const posting = startPosting(history, 'full');
      await expect.poll(() => posting.answered.size).toBeGreaterThan(200);
      disk.fill();
      await expect.poll(() => posting.refused.length).toBeGreaterThan(200);
      for (const { error } of posting.refused) expect(error).toBeInstanceOf(HistoryFull);
      await expect(history.ping()).rejects.toThrow(HistoryFull);
      await expect(history.append([draft('full', 'x'.repeat(50_000))])).rejects.toThrow(HistoryFull);
      // Who reads sees what was answered, and nothing of what was refused.
      await expectLog(history, 'full', posting.answered);

      disk.makeRoom();
      const before = posting.answered.size;
      await expect.poll(() => posting.answered.size).toBeGreaterThan(before + 200);
      await posting.stop();
      await history.ping();
      const stored = new Set(await expectLog(history, 'full', posting.answered));
      expect(posting.refused.filter(({ body }) => stored.has(body))).toEqual([]);

      await history.close();
      await expectLog(await open(disk), 'full', posting.answered);
    }, 120_000);

    it('keeps its changes, its marks and its index whole', async () => {
      const disk = on(newDisk());
      const history = await open(disk);
      await history.append(range(1, 500).map((n) => draft('full', `found ${n}`)));
      disk.fill();
      const author = { id: 'ada', name: 'Ada' };
      const edit = (n: number) =>
        history.change({ type: 'edit', channel: 'full', target: 1, author, body: `${n} `.repeat(3_000) });
      const edited: number[] = [];
      await expectFull(async (n) => {
        await edit(n);
        edited.push(n);
      });
      await expectFull(() => indexed(history));
      await expect(history.ping()).rejects.toThrow(HistoryFull);
      const [first] = await history.after('full', 0, 1);
      expect(first).toMatchObject({
        body: edited.length === 0 ? 'found 1' : `${edited.at(-1)} `.repeat(3_000),
      });
      expect((await history.extents(['full'])).get('full')?.head).toBe(500 + edited.length);

      disk.makeRoom();
      expect(await edit(1_000)).toMatchObject({ outcome: 'changed', change: { seq: 501 + edited.length } });
      await history.markPublished([{ channel: 'full', first: 1, last: 501 + edited.length }]);
      await indexed(history);
      expect(await history.unpublished(0, 10)).toEqual([]);
      expect((await found(history, 'found')).length).toBe(499);
    }, 120_000);

    it('rests while it waits for room', async () => {
      const disk = on(newDisk());
      const history = await open(disk);
      disk.fill(MIB);
      const batch = range(1, 20).map(() => draft('full', 'x'.repeat(2_000)));
      await expectFull(() => history.append(batch));
      // In the gap that the batch has left there is room for a ping, which says nothing of posts.
      await expect(history.ping()).rejects.toThrow(HistoryFull);
      await expectRest();
      disk.makeRoom();
      await history.ping();
      await history.append([draft('full', 'last')]);
    }, 120_000);

    it(
      'loses nothing that was answered where its process is killed meanwhile, and starts once there is room',
      async () => {
        const disk = on(newDisk());
        const child = startChild(`sqlite:${join(disk.path, 'data')}`);
        child.order({ kind: 'post', channel: 'full', writers: 10 });
        await child.next('stored');
        disk.fill();
        expect((await child.next('failed')).message).toContain('is full');
        await child.kill();
        const answered = new Map(child.come('stored').map(({ seq, body }) => [seq, body]));
        // There may be room for a start, but for no more.
        const started = await open(disk).catch((error: unknown) => error);
        if (started instanceof Error) expect(started).toBeInstanceOf(HistoryFull);
        else await (started as History).close();
        disk.makeRoom();
        const history = await open(disk);
        await expectLog(history, 'full', answered);
        expect(await history.append([draft('full', 'again')])).toMatchObject([{ outcome: 'created' }]);
      },
      SLOW_MS,
    );

    it('is refused as full where there is no room for a new store, and made once there is', async () => {
      const disk = on(newDisk());
      mkdirSync(join(disk.path, 'data'));
      disk.fill();
      for (const _ of [1, 2]) await expect(open(disk)).rejects.toThrow(HistoryFull);
      disk.makeRoom();
      const history = await open(disk);
      expect(await history.append([draft('full', '1')])).toMatchObject([{ outcome: 'created' }]);
    });
  });

  it('fails and turns read-only refuses what is written, reads on, rests and closes, and after a new mount has all that was answered', async () => {
    const disk: FailingDisk = on(failingDisk(32 * MIB));
    const history = await open(disk);
    const posting = startPosting(history, 'failed');
    await expect.poll(() => posting.answered.size).toBeGreaterThan(300);
    disk.fail();
    await expect.poll(() => posting.refused.length).toBeGreaterThan(50);
    await posting.stop();
    for (const { error } of posting.refused) {
      expect(error).toBeInstanceOf(HistoryUnavailable);
      expect(error).not.toBeInstanceOf(HistoryFull);
    }
    await expect(history.ping()).rejects.toThrow(/the disk reports errors/);
    await expect(indexed(history)).rejects.toThrow(HistoryUnavailable);
    await expectLog(history, 'failed', posting.answered);
    await expectRest();
    await history.close();

    await expect(open(disk)).rejects.toThrow(/data\/carillon\.db: it is read-only/);
    disk.mountAgain();
    const after = await open(disk);
    const stored = new Set(await expectLog(after, 'failed', posting.answered));
    const untrue = posting.refused.filter(({ body, error }) => error.stored === 'no' && stored.has(body));
    expect(untrue).toEqual([]);
    expect(await after.append([draft('failed', 'again')])).toMatchObject([
      { outcome: 'created', message: { seq: stored.size + 1 } },
    ]);
  }, 120_000);

  it('is read-only when it is opened is refused with the file that cannot be written', async () => {
    const disk = on(memoryDisk(6 * MIB));
    const history = await open(disk);
    await history.append([draft('there', '1')]);
    await history.close();
    mkdirSync(join(disk.path, 'empty'));
    disk.setWritable(false);
    const refused = /the embedded store is unavailable: .*\/carillon\.db: its file cannot be opened/;
    await expect(open(disk)).rejects.toThrow(HistoryUnavailable);
    await expect(open(disk)).rejects.toThrow(refused);
    await expect(openHistory(`sqlite:${disk.path}/empty`)).rejects.toThrow(
      /carillon\.db cannot be created: EROFS/,
    );
    await expect(openHistory(`sqlite:${disk.path}/none`)).rejects.toThrow(/none cannot be created/);
    disk.setWritable(true);
    await expectLog(await open(disk), 'there', new Map([[1, '1']]));
  });
});

interface Refused {
  body: string;
  error: HistoryUnavailable;
}

/** Posts from several people at once, who wait a little where they are refused, and then post something else. */
function startPosting(history: History, channel: string) {
  const commit = new GroupCommit(history);
  const answered = new Map<number, string>();
  const refused: Refused[] = [];
  let stopped = false;
  const write = async (writer: number) => {
    for (let count = 0; !stopped; count++) {
      const body = `${writer}: ${count} ${'.'.repeat(500)}`;
      try {
        const answer = await commit.append(draft(channel, body));
        if (answer.outcome === 'created') answered.set(answer.message.seq, body);
      } catch (error) {
        refused.push({ body, error: error as HistoryUnavailable });
      }
      await sleep(PAUSE_MS);
    }
  };
  const writers = range(1, 10).map(write);
  return {
    answered,
    refused,
    async stop() {
      stopped = true;
      await Promise.all(writers);
    },
  };
}

/** Does it until the disk is full. */
async function expectFull(work: (n: number) => Promise<unknown>): Promise<void> {
  const filling = async () => {
    for (const n of range(1, 5_000)) await work(n);
  };
  await expect(filling()).rejects.toThrow(HistoryFull);
}

/** Indexes all there is. */
async function indexed(history: History): Promise<void> {
  for (let more = true; more; ) ({ more } = await history.search.index());
}

/** Holds a log against what was answered, and for holes. Gives its texts. */
async function expectLog(
  history: History,
  channel: string,
  answered: ReadonlyMap<number, string>,
): Promise<string[]> {
  const known = [...answered];
  const stored = await history.after(channel, 0, 1_000_000);
  expect(seqsOf(stored)).toEqual(range(1, stored.length));
  const bodies = bodiesOf(stored);
  for (const [seq, body] of known) expect(bodies[seq - 1]).toBe(body);
  return bodies;
}

/** This process, with the threads of its stores, does nearly nothing for a while. */
async function expectRest(): Promise<void> {
  const before = process.cpuUsage();
  await sleep(WATCHED_MS);
  const { user, system } = process.cpuUsage(before);
  expect((user + system) / 1_000).toBeLessThan(WATCHED_MS * AT_REST);
}
