import { measureConnections } from '@carillon/runtime';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultFixture, openFaultFixture } from './fault-fixture.ts';
import { shown } from './shown.ts';
import { serversInstalled } from './worker-fixture.ts';

/** Servers start and stop in between, on a machine that others share. */
const SLOW_MS = 180_000;
const soon = { timeout: 60_000, interval: 100 };

describe.skipIf(!serversInstalled)('the numbers of the worker', () => {
  let fixture: FaultFixture;
  beforeAll(async () => {
    fixture = await openFaultFixture();
  }, SLOW_MS);
  afterAll(() => fixture?.close());

  it('say which server is away, and say when it is back', { timeout: SLOW_MS }, async () => {
    const registry = new Registry();
    measureConnections(registry, { redis: { jobs: fixture.jobs }, history: fixture.history });
    const up = async () => ({
      redis: (await shown(registry, 'carillon_redis_up'))['use="jobs"'],
      history: (await shown(registry, 'carillon_history_up'))[''],
    });
    expect(await up()).toEqual({ redis: 1, history: 1 });
    await fixture.redis.kill('SIGKILL');
    await expect.poll(up, soon).toEqual({ redis: 0, history: 1 });
    await fixture.postgres.kill('SIGKILL');
    await expect.poll(up, soon).toEqual({ redis: 0, history: 0 });
    await fixture.redis.restart();
    await fixture.postgres.restart();
    await expect.poll(up, soon).toEqual({ redis: 1, history: 1 });
  });
});
