import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../../tests/eventually.ts';
import { redisInstalled } from '../../../tests/servers/redis.ts';
import { type RedisPair, startRedisPair } from '../../../tests/servers/redis-pair.ts';
import { JobsUnavailable, openJobs } from '../src/index.ts';
import { startTestWork } from './test-work.ts';

const WEBHOOK = 'a'.repeat(32);
/** BullMQ's workers rest for 5 s after an error of Redis; and what a busy machine adds, ms. */
const WITHIN_MS = 60_000;

describe.skipIf(!redisInstalled)('the job queue in a failover', { timeout: 180_000 }, () => {
  let pair: RedisPair;
  beforeAll(async () => {
    pair = await startRedisPair();
  });
  afterAll(() => pair?.stop());

  it('goes on at the new primary, though the old one still answers', async () => {
    const jobs = await openJobs(pair.url);
    let sweeps = 0;
    const run = async () => {
      sweeps += 1;
    };
    const sweep = { everyMs: 200, run };
    const { work, handled } = startTestWork(pair.url, { upkeep: { sweep } });
    try {
      await jobs.ping(20_000);
      await eventually('a task done', () => sweeps > 0);
      await pair.failOver();
      const delivered = () =>
        jobs.deliver(WEBHOOK).then(
          () => handled.deliver.length > 0,
          () => false,
        );
      await eventually('a webhook looked at', delivered, WITHIN_MS);
      const id = await jobs.startExport({ channel: 'lobby', format: 'csv' });
      await eventually(
        'an export done',
        async () => (await jobs.findExport(id))?.state === 'done',
        WITHIN_MS,
      );
      const before = sweeps;
      await eventually('a task done again', () => sweeps > before + 1, WITHIN_MS);
      expect(await jobs.ping(20_000)).toBeGreaterThan(0);
      expect(jobs.connected).toBe(true);
      await work.ready();
      expect(await pair.second.command('INFO', 'replication')).toContain('role:master');
    } finally {
      await work.close();
      await jobs.close();
    }
  });

  it('is not up while its address leads to a replica, and is once that is promoted', async () => {
    pair.address.leadTo(pair.first.port);
    pair.address.cutAll();
    const jobs = await openJobs(pair.url);
    const { work, handled } = startTestWork(pair.url, {});
    try {
      await eventually('the worker away', () =>
        work.ready().then(
          () => false,
          () => true,
        ),
      );
      expect(jobs.connected).toBe(false);
      await expect(jobs.deliver(WEBHOOK)).rejects.toThrow(JobsUnavailable);
      await pair.first.command('REPLICAOF', 'NO', 'ONE');
      await eventually('the queue there', () => jobs.connected);
      await jobs.deliver(WEBHOOK);
      await eventually('the webhook looked at', () => handled.deliver.length > 0, WITHIN_MS);
      await work.ready();
    } finally {
      await work.close();
      await jobs.close();
    }
  });
});
