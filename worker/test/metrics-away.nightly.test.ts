import { measureConnections } from '@carillon/runtime';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FaultStage, openFaultStage } from './fault-stage.ts';
import { shown } from './shown.ts';
import { stageInstalled } from './stage.ts';

/** Servers start and stop in between, on a machine that others share. */
const SLOW_MS = 180_000;
const soon = { timeout: 60_000, interval: 100 };

describe.skipIf(!stageInstalled)('the numbers of the worker', () => {
  let stage: FaultStage;
  beforeAll(async () => {
    stage = await openFaultStage();
  }, SLOW_MS);
  afterAll(() => stage?.close());

  it('say which server is away, and say when it is back', { timeout: SLOW_MS }, async () => {
    const registry = new Registry();
    measureConnections(registry, { redis: { jobs: stage.jobs }, history: stage.history });
    const up = async () => ({
      redis: (await shown(registry, 'carillon_redis_up'))['use="jobs"'],
      history: (await shown(registry, 'carillon_history_up'))[''],
    });
    expect(await up()).toEqual({ redis: 1, history: 1 });
    await stage.redis.kill('SIGKILL');
    await expect.poll(up, soon).toEqual({ redis: 0, history: 1 });
    await stage.postgres.kill('SIGKILL');
    await expect.poll(up, soon).toEqual({ redis: 0, history: 0 });
    await stage.redis.restart();
    await stage.postgres.restart();
    await expect.poll(up, soon).toEqual({ redis: 1, history: 1 });
  });
});
