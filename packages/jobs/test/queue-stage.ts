import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type Redis, startRedis } from '../../../tests/servers/redis.ts';
import { type Jobs, openJobs } from '../src/index.ts';
import { startTestWork, type TestWork } from './test-work.ts';

/** A Redis of the suite's own, and for each test an empty queue and the workers that it starts. */
export interface QueueStage {
  redis: Redis;
  jobs: Jobs;
  /** Are closed after the test. */
  works: TestWork[];
  work(handlers?: Parameters<typeof startTestWork>[1]): TestWork;
}

/** Call it within a `describe`: it is ready in each of its tests. */
export function queueStage(): QueueStage {
  const stage = {
    works: [] as TestWork[],
    work(handlers = {}) {
      const started = startTestWork(stage.redis.url, handlers);
      stage.works.push(started);
      return started;
    },
  } as QueueStage;
  beforeAll(async () => {
    stage.redis = await startRedis();
  });
  afterAll(() => stage.redis?.stop());
  beforeEach(async () => {
    await stage.redis.command('FLUSHALL');
    stage.jobs = await openJobs(stage.redis.url);
  });
  afterEach(async () => {
    await Promise.all(stage.works.splice(0).map(({ work }) => work.close()));
    await stage.jobs.close();
  });
  return stage;
}
