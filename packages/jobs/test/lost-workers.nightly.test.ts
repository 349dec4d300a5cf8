import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { eventually } from '../../../tests/eventually.ts';
import { type Redis, redisInstalled, startRedis } from '../../../tests/servers/redis.ts';
import { shortest } from '../../../tests/shortest.ts';
import { HandedBack, type Jobs, openJobs } from '../src/index.ts';
import { startTestWork, type TestWork } from './test-work.ts';

const CHILD = fileURLToPath(new URL('./processes/worker.ts', import.meta.url));

describe.skipIf(!redisInstalled)('a job whose worker ends', () => {
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

  it('is done by another at once where it was handed back at a stop', async () => {
    // One that was not handed back is held until its lock runs out and that is seen, some 20 s.
    const limitMs = 5_000;
    const taken = await shortest(limitMs, async () => {
      const { work: first, handled } = work({
        export: async (_order, { signal }) => {
          await once(signal, 'abort');
          throw new HandedBack();
        },
      });
      const id = await jobs.startExport({ channel: 'lobby', format: 'csv' });
      await eventually('the first worker at it', () => handled.export.length === 1);
      await first.close();
      const started = performance.now();
      const { work: second } = work();
      await eventually('the end', async () => (await jobs.findExport(id))?.state === 'done', 40_000);
      const tookMs = performance.now() - started;
      await second.close();
      return tookMs;
    });
    expect(taken).toBeLessThan(limitMs);
  });

  it('is done by another where it was killed', async () => {
    const child = spawn(
      process.execPath,
      ['--import', 'tsx', '--conditions', 'carillon-source', CHILD, redis.url],
      { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] },
    );
    const taken = once(child, 'message');
    const id = await jobs.startExport({ channel: 'lobby', format: 'csv' });
    await taken;
    const { handled } = work();
    child.kill('SIGKILL');
    await eventually('the end', async () => (await jobs.findExport(id))?.state === 'done', 40_000);
    expect(handled.export).toEqual([id]);
  });
});
