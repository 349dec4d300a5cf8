import { once } from 'node:events';
import { Queue } from 'bullmq';
import { Redis as Client } from 'ioredis';
import { describe, expect, it } from 'vitest';
import { eventually } from '../../../tests/eventually.ts';
import { redisInstalled } from '../../../tests/servers/redis.ts';
import { JobsUnavailable, NoWorker, openJobs, TooManyExports } from '../src/index.ts';
import { HandedBack } from '../src/work.ts';
import { queueFixture } from './queue-fixture.ts';

/** Something to wait for until the test opens it. */
function gate(): { promise: Promise<void>; open: () => void } {
  let open = () => {};
  const promise = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { promise, open };
}

const WEBHOOK = 'a'.repeat(32);

describe.skipIf(!redisInstalled)('the job queue', () => {
  const fixture = queueFixture();

  it('is told from other users of the Redis by its prefix', async () => {
    await fixture.jobs.deliver(WEBHOOK);
    const keys = (await fixture.redis.command('KEYS', '*'))
      .split('\r\n')
      .filter((line) => !/^[*$]/.test(line));
    expect(keys.length).toBeGreaterThan(2);
    for (const key of keys) expect(key).toMatch(/^carillon:/);
  });

  describe('ping', () => {
    it('goes through a worker and back', async () => {
      fixture.work();
      expect(await fixture.jobs.ping(20_000)).toBeGreaterThan(0);
    });

    it('fails where no worker takes it in time, and leaves nothing behind', async () => {
      await expect(fixture.jobs.ping(100)).rejects.toThrow(NoWorker);
      expect(await fixture.redis.command('EXISTS', 'carillon:ping:1')).toBe(':0');
      fixture.work();
      expect(await fixture.jobs.ping(20_000)).toBeGreaterThan(0);
    });

    it('of many at once is answered to each, and few are kept', async () => {
      fixture.work();
      await Promise.all(Array.from({ length: 150 }, () => fixture.jobs.ping(60_000)));
      const kept = await fixture.redis.command('ZCARD', 'carillon:ping:completed');
      expect(Number(kept.slice(1))).toBeLessThanOrEqual(100);
    });
  });

  it('with a wrong password is unavailable, and its error ends nothing', async () => {
    const stranger = await openJobs(fixture.redis.url.replace(/:[^:@]+@/, ':wrong@'));
    await expect(stranger.ping(500)).rejects.toThrow(JobsUnavailable);
    await stranger.close();
  });

  it('that is flushed while a worker waits and works goes on with what comes after', async () => {
    const held = gate();
    const { handled } = fixture.work({ deliver: () => held.promise });
    await fixture.jobs.deliver(WEBHOOK);
    await eventually('the job taken', () => handled.deliver.length === 1);
    await fixture.redis.command('FLUSHALL');
    held.open();
    await fixture.jobs.deliver('b'.repeat(32));
    await eventually('the next job done', () => handled.deliver.length === 2, 40_000);
    expect(await fixture.jobs.ping(30_000)).toBeGreaterThan(0);
    await fixture.jobs.deliver(WEBHOOK);
    await eventually('the first one done again', () => handled.deliver.length === 3, 40_000);
  });

  it('parses what it takes: a job that is not one of ours fails, and no handler sees it', async () => {
    const { handled } = fixture.work();
    const connection = new Client(fixture.redis.url, { maxRetriesPerRequest: null });
    const queue = new Queue('webhooks', { connection, prefix: 'carillon' });
    for (const data of [{}, { webhook: '../etc' }, { webhook: 7 }, 'text']) {
      const job = await queue.add('deliver', data);
      await eventually('its failure', async () => (await job.getState()) === 'failed');
    }
    expect(handled.deliver).toEqual([]);
    await queue.close();
    connection.disconnect();
  });

  it('looks at a webhook once for many who ask while it waits, and once more where they ask while one looks', async () => {
    for (let asked = 0; asked < 20; asked++) await fixture.jobs.deliver(WEBHOOK);
    let held = gate();
    const { handled } = fixture.work({ deliver: () => held.promise });
    await eventually('the first look', () => handled.deliver.length === 1);
    for (let asked = 0; asked < 20; asked++) await fixture.jobs.deliver(WEBHOOK);
    const first = held;
    held = gate();
    first.open();
    await eventually('one more look', () => handled.deliver.length === 2);
    held.open();
    await fixture.jobs.ping(20_000);
    expect(handled.deliver.length).toBe(2);
  });

  describe('an export', () => {
    it('is known by its id from the order to the end, with how far it is', async () => {
      const held = gate();
      const id = await fixture.jobs.startExport({ channel: 'lobby', format: 'csv' });
      expect(id).toMatch(/^[0-9a-f]{32}$/);
      expect(await fixture.jobs.findExport(id)).toEqual({
        channel: 'lobby',
        format: 'csv',
        state: 'waiting',
      });
      fixture.work({
        export: async (order, { report }) => {
          expect(order).toEqual({ id, channel: 'lobby', format: 'csv' });
          report({ done: 5, total: 10 });
          await held.promise;
        },
      });
      const state = async () => (await fixture.jobs.findExport(id))?.state;
      await eventually('progress', async () => (await fixture.jobs.findExport(id))?.progress?.done === 5);
      expect(await state()).toBe('running');
      held.open();
      await eventually('the end', async () => (await state()) === 'done');
      expect(await fixture.jobs.findExport('f'.repeat(32))).toBeUndefined();
    });

    it('that fails is tried again', async () => {
      let tries = 0;
      const id = await fixture.jobs.startExport({ channel: 'lobby', format: 'csv' });
      fixture.work({
        export: async () => {
          tries += 1;
          if (tries === 1) throw new Error('the disk is full');
        },
      });
      await eventually('the end', async () => (await fixture.jobs.findExport(id))?.state === 'done', 40_000);
      expect(tries).toBe(2);
    });

    it('is refused where too many wait', async () => {
      const order = { channel: 'lobby', format: 'csv' } as const;
      for (let ordered = 0; ordered < 100; ordered++) await fixture.jobs.startExport(order);
      await expect(fixture.jobs.startExport(order)).rejects.toThrow(TooManyExports);
    });

    it('is handed back at a stop, for another worker', async () => {
      const { work: first, handled } = fixture.work({
        export: async (_order, { signal }) => {
          await once(signal, 'abort');
          throw new HandedBack();
        },
      });
      const id = await fixture.jobs.startExport({ channel: 'lobby', format: 'csv' });
      await eventually('the first worker at it', () => handled.export.length === 1);
      await first.close();
      expect((await fixture.jobs.findExport(id))?.state).toBe('waiting');
      fixture.work();
      await eventually('the end', async () => (await fixture.jobs.findExport(id))?.state === 'done', 40_000);
    });
  });

  it('has a scheduled task done by one of several workers at a time, and again after a flush', async () => {
    let running = 0;
    let most = 0;
    let runs = 0;
    const task = {
      everyMs: 200,
      run: async () => {
        running += 1;
        most = Math.max(most, running);
        await new Promise((resolve) => setTimeout(resolve, 300));
        running -= 1;
        runs += 1;
      },
    };
    for (let worker = 0; worker < 3; worker++) fixture.work({ upkeep: { sweep: task } });
    await eventually('some runs', () => runs >= 4, 40_000);
    expect(most).toBe(1);
    await fixture.redis.command('FLUSHALL');
    const before = runs;
    await eventually('runs after the flush', () => runs >= before + 3, 40_000);
  });

  it('forgets a scheduled task that its workers have no more', async () => {
    let runs = 0;
    const task = {
      everyMs: 200,
      run: async () => {
        runs += 1;
      },
    };
    const { work: before } = fixture.work({ upkeep: { sweep: task, retention: task } });
    await eventually('some runs', () => runs >= 2);
    await before.close();
    const { warned } = fixture.work({ upkeep: { sweep: task } });
    const scheduled = () => fixture.redis.command('ZRANGE', 'carillon:upkeep:repeat', '0', '-1');
    await eventually('it gone', async () => !(await scheduled()).includes('retention'));
    expect(await scheduled()).toContain('sweep');
    const seen = warned.length;
    const after = runs;
    await eventually('runs of the other', () => runs >= after + 3);
    // One that was due already may still be taken.
    expect(warned.length - seen).toBeLessThanOrEqual(1);
  });
});

it('refuses what is no URL of a Redis', async () => {
  await expect(openJobs('http://127.0.0.1')).rejects.toThrow(TypeError);
});
