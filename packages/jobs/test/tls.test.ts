import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { makeCertificates } from '../../../tests/servers/certificates.ts';
import { freePort } from '../../../tests/servers/free-port.ts';
import { type Redis, redisInstalled, startRedis } from '../../../tests/servers/redis.ts';
import { JobsUnavailable, openJobs } from '../src/index.ts';
import { startTestWork } from './test-work.ts';

describe.skipIf(!redisInstalled)('the job queue over TLS', () => {
  let directory: string;
  let ca: string;
  let redis: Redis;
  let url: string;
  beforeAll(async () => {
    directory = await mkdtemp(join(tmpdir(), 'carillon-tls-'));
    ca = makeCertificates(directory, 'redis=localhost');
    const port = await freePort();
    const config = [
      `tls-port ${port}`,
      `tls-cert-file ${join(directory, 'redis.pem')}`,
      `tls-key-file ${join(directory, 'redis.key')}`,
      'tls-auth-clients no',
    ];
    redis = await startRedis({ config: config.join('\n') });
    url = redis.url.replace('redis://', 'rediss://').replace(/127\.0\.0\.1:\d+/, `localhost:${port}`);
  });
  afterAll(async () => {
    await redis?.stop();
    await rm(directory, { recursive: true, force: true });
  });

  it('works with a certificate of an authority that is given', async () => {
    const jobs = await openJobs(url, { ca });
    const { work } = startTestWork(url, {}, ca);
    expect(await jobs.ping(10_000)).toBeGreaterThan(0);
    await work.close();
    await jobs.close();
  });

  it('trusts no certificate of another, and none for another name', async () => {
    for (const [where, options] of [
      [url, {}],
      [url.replace('localhost', '127.0.0.1'), { ca }],
    ] as const) {
      const jobs = await openJobs(where, options);
      await expect(jobs.ping(1_000)).rejects.toThrow(JobsUnavailable);
      await jobs.close();
    }
  });
});
