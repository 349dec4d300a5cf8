import { describe, expect, it } from 'vitest';
import { eventually } from '../../../tests/eventually.ts';
import { redisInstalled } from '../../../tests/servers/redis.ts';
import { startTcpProxy } from '../../../tests/servers/tcp-proxy.ts';
import { shortest } from '../../../tests/shortest.ts';
import { JobsUnavailable, openJobs } from '../src/index.ts';
import { queueFixture } from './queue-fixture.ts';
import { startTestWork } from './test-work.ts';

const WEBHOOK = 'a'.repeat(32);

describe.skipIf(!redisInstalled)('a Redis that is away', () => {
  const fixture = queueFixture();

  it('is said at once, and is used again when it is back', async () => {
    fixture.work();
    await fixture.jobs.ping(20_000);
    await fixture.redis.kill('SIGKILL');
    await eventually('the connection gone', () => !fixture.jobs.connected);
    const limitMs = 1_000;
    const said = await shortest(limitMs, async () => {
      const started = performance.now();
      await expect(fixture.jobs.ping(20_000)).rejects.toThrow(JobsUnavailable);
      await expect(fixture.jobs.deliver(WEBHOOK)).rejects.toThrow(JobsUnavailable);
      await expect(fixture.jobs.findExport(WEBHOOK)).rejects.toThrow(JobsUnavailable);
      return performance.now() - started;
    });
    expect(said).toBeLessThan(limitMs);
    await fixture.redis.restart();
    await eventually('a ping answered', () => fixture.jobs.ping(2_000).catch(() => 0), 40_000);
  });

  it('at the start is waited for', async () => {
    await fixture.redis.kill('SIGKILL');
    const early = await openJobs(fixture.redis.url);
    const { work: waiting, handled } = fixture.work();
    await expect(waiting.ready()).rejects.toThrow('unavailable');
    await expect(early.deliver(WEBHOOK)).rejects.toThrow(JobsUnavailable);
    await fixture.redis.restart();
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
    fixture.work();
    await fixture.jobs.ping(20_000);
    fixture.redis.freeze();
    try {
      // Measured once: the connection is given up then, and whoever asks after that is refused at once.
      const started = performance.now();
      await expect(fixture.jobs.ping(30_000)).rejects.toThrow(JobsUnavailable);
      expect(performance.now() - started).toBeLessThan(15_000);
    } finally {
      fixture.redis.thaw();
    }
    await eventually('a ping answered', () => fixture.jobs.ping(2_000).catch(() => 0), 40_000);
  });

  it.each(['adds jobs', 'takes jobs'])(
    'and vanished without a word is reached again by who %s',
    async (who) => {
      const proxy = await startTcpProxy(fixture.redis.port);
      const url = fixture.redis.url.replace(`:${fixture.redis.port}`, `:${proxy.port}`);
      const asking = await openJobs(who === 'adds jobs' ? url : fixture.redis.url);
      fixture.works.push(startTestWork(who === 'takes jobs' ? url : fixture.redis.url, {}));
      await asking.ping(20_000);
      proxy.silence();
      await expect(asking.ping(1_000)).rejects.toThrow();
      await eventually('a ping answered', () => asking.ping(2_000).catch(() => 0), 45_000);
      await asking.close();
      await proxy.close();
    },
  );

  it('is logged once, with the reason and without the password', async () => {
    const { work: waiting, warned } = fixture.work();
    await eventually('the connection', () =>
      waiting.ready().then(
        () => true,
        () => false,
      ),
    );
    await fixture.redis.kill('SIGKILL');
    const outage = () => warned.filter(({ message }) => message === 'the job queue is unavailable');
    await eventually('the warning', () => outage().length > 0);
    await fixture.redis.restart();
    await eventually('the connection again', () =>
      waiting.ready().then(
        () => true,
        () => false,
      ),
    );
    // What the system says of it: as the connection ended, as something was written on it after that (EPIPE), or as the next was tried.
    expect(outage()).toEqual([
      {
        fields: { reason: expect.stringMatching(/^(connect ECONNREFUSED|(read|write) (ECONNRESET|EPIPE))/) },
        message: 'the job queue is unavailable',
      },
    ]);
    const stranger = startTestWork(fixture.redis.url.replace(/:[^:@]+@/, ':wrong@'), {});
    fixture.works.push(stranger);
    await eventually('the warning', () => stranger.warned.length > 0);
    expect(stranger.warned[0]?.fields).toEqual({ reason: expect.stringContaining('WRONGPASS') });
    expect(JSON.stringify(stranger.warned)).not.toContain(':wrong');
  });

  it('does not keep a worker from its stop', async () => {
    const { work: stopped } = fixture.work();
    await fixture.jobs.ping(20_000);
    await fixture.redis.kill('SIGKILL');
    const started = Date.now();
    await stopped.close();
    expect(Date.now() - started).toBeLessThan(9_000);
    await fixture.redis.restart();
  });
});
