import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../tests/eventually.ts';
import { type Redis, redisInstalled, startRedis } from '../../../tests/servers/redis.ts';
import { startTcpProxy } from '../../../tests/servers/tcp-proxy.ts';
import { shortest } from '../../../tests/shortest.ts';
import { type Jobs, JobsUnavailable, openJobs } from '../src/index.ts';
import { startTestWork, type TestWork } from './test-work.ts';

const WEBHOOK = 'a'.repeat(32);

describe.skipIf(!redisInstalled)('a Redis that is away', () => {
  let redis: Redis;
  let jobs: Jobs;
  let works: TestWork[] = [];
  beforeAll(async () => {
    redis = await startRedis();
  });
  afterAll(() => redis?.stop());
  beforeEach(async () => {
    await redis.command('FLUSHALL');
    jobs = await openJobs(redis.url);
  });
  afterEach(async () => {
    await Promise.all(works.map(({ work }) => work.close()));
    works = [];
    await jobs.close();
  });
  const work = (handlers: Parameters<typeof startTestWork>[1] = {}) => {
    const started = startTestWork(redis.url, handlers);
    works.push(started);
    return started;
  };

  it('is said at once, and is used again when it is back', async () => {
    work();
    await jobs.ping(20_000);
    await redis.kill('SIGKILL');
    await eventually('the connection gone', () => !jobs.connected);
    const limitMs = 1_000;
    const said = await shortest(limitMs, async () => {
      const started = performance.now();
      await expect(jobs.ping(20_000)).rejects.toThrow(JobsUnavailable);
      await expect(jobs.deliver(WEBHOOK)).rejects.toThrow(JobsUnavailable);
      await expect(jobs.findExport(WEBHOOK)).rejects.toThrow(JobsUnavailable);
      return performance.now() - started;
    });
    expect(said).toBeLessThan(limitMs);
    await redis.restart();
    await eventually('a ping answered', () => jobs.ping(2_000).catch(() => 0), 40_000);
  });

  it('at the start is waited for', async () => {
    await redis.kill('SIGKILL');
    const early = await openJobs(redis.url);
    const { work: waiting, handled } = work();
    await expect(waiting.ready()).rejects.toThrow('away');
    await expect(early.deliver(WEBHOOK)).rejects.toThrow(JobsUnavailable);
    await redis.restart();
    await eventually('the queue there', () => early.connected, 40_000);
    await eventually(
      'a job taken',
      () =>
        early.deliver(WEBHOOK).then(
          () => true,
          () => false,
        ),
      40_000,
    );
    await eventually('the job done', () => handled.deliver.length > 0, 40_000);
    await waiting.ready();
    await early.close();
  });

  it('and only hangs fails a caller within seconds', async () => {
    work();
    await jobs.ping(20_000);
    redis.freeze();
    try {
      // Measured once: the connection is given up then, and whoever asks after that is refused at once.
      const started = performance.now();
      await expect(jobs.ping(30_000)).rejects.toThrow(JobsUnavailable);
      expect(performance.now() - started).toBeLessThan(15_000);
    } finally {
      redis.thaw();
    }
    await eventually('a ping answered', () => jobs.ping(2_000).catch(() => 0), 40_000);
  });

  it.each(['adds jobs', 'takes jobs'])(
    'and vanished without a word is reached again by who %s',
    async (who) => {
      const proxy = await startTcpProxy(redis.port);
      const url = redis.url.replace(`:${redis.port}`, `:${proxy.port}`);
      const asking = await openJobs(who === 'adds jobs' ? url : redis.url);
      works.push(startTestWork(who === 'takes jobs' ? url : redis.url, {}));
      await asking.ping(20_000);
      proxy.silence();
      await expect(asking.ping(1_000)).rejects.toThrow();
      await eventually('a ping answered', () => asking.ping(2_000).catch(() => 0), 45_000);
      await asking.close();
      await proxy.close();
    },
  );

  it('is logged once, with the reason and without the password', async () => {
    const { work: waiting, warned } = work();
    await eventually('the connection', () =>
      waiting.ready().then(
        () => true,
        () => false,
      ),
    );
    await redis.kill('SIGKILL');
    const outage = () => warned.filter(({ message }) => message === 'the job queue is away');
    await eventually('the warning', () => outage().length > 0);
    await redis.restart();
    await eventually('the connection again', () =>
      waiting.ready().then(
        () => true,
        () => false,
      ),
    );
    expect(outage()).toEqual([
      {
        fields: { reason: expect.stringMatching(/ECONNREFUSED|ECONNRESET/) },
        message: 'the job queue is away',
      },
    ]);
    const stranger = startTestWork(redis.url.replace(/:[^:@]+@/, ':wrong@'), {});
    works.push(stranger);
    await eventually('the warning', () => stranger.warned.length > 0);
    expect(stranger.warned[0]?.fields).toEqual({ reason: expect.stringContaining('WRONGPASS') });
    expect(JSON.stringify(stranger.warned)).not.toContain(':wrong');
  });

  it('does not keep a worker from its stop', async () => {
    const { work: stopped } = work();
    await jobs.ping(20_000);
    await redis.kill('SIGKILL');
    const started = Date.now();
    await stopped.close();
    expect(Date.now() - started).toBeLessThan(9_000);
    await redis.restart();
  });
});
