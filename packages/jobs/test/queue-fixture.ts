import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { type Redis, startRedis } from '../../../tests/servers/redis.ts';
import { type Jobs, openJobs } from '../src/index.ts';
import { startTestWork, type TestWork } from './test-work.ts';

/** A Redis of the suite's own, and for each test an empty queue and the workers that it starts. */
export interface QueueFixture {
  redis: Redis;
  jobs: Jobs;
  /** Are closed after the test. */
  works: TestWork[];
  work(handlers?: Parameters<typeof startTestWork>[1]): TestWork;
}

/** Call it within a `describe`: it is ready in each of its tests. */
export function queueFixture(): QueueFixture {
  const fixture = {
    works: [] as TestWork[],
    work(handlers = {}) {
      const started = startTestWork(fixture.redis.url, handlers);
      fixture.works.push(started);
      return started;
    },
  } as QueueFixture;
  beforeAll(async () => {
    fixture.redis = await startRedis();
  });
  afterAll(() => fixture.redis?.stop());
  beforeEach(async () => {
    await fixture.redis.command('FLUSHALL');
    fixture.jobs = await openJobs(fixture.redis.url);
  });
  afterEach(async () => {
    await Promise.all(fixture.works.splice(0).map(({ work }) => work.close()));
    await fixture.jobs.close();
  });
  return fixture;
}
