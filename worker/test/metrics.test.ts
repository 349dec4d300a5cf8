import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createWorkerMetrics } from '../src/metrics.ts';
import { shown } from './shown.ts';
import { openStage, type Stage, stageInstalled } from './stage.ts';

/** Servers start and stop in between, on a machine that others share. */
const SLOW_MS = 180_000;
const soon = { timeout: 60_000, interval: 100 };

describe.skipIf(!stageInstalled)('the numbers of the worker', () => {
  let stage: Stage;
  beforeAll(async () => {
    stage = await openStage();
  }, SLOW_MS);
  afterEach(() => stage.clear());
  afterAll(() => stage?.close());

  it('count the webhooks that are active and those that are paused', { timeout: SLOW_MS }, async () => {
    const registry = new Registry();
    createWorkerMetrics(registry, { jobs: stage.jobs, webhooks: stage.history.webhooks });
    const webhooks = () => shown(registry, 'carillon_webhooks');
    expect(await webhooks()).toEqual({ 'state="active"': 0, 'state="paused"': 0 });
    const receiver = await stage.receiver();
    receiver.answer = (_request, response) => void response.writeHead(410).end();
    const hook = await stage.hook(receiver.url);
    await stage.hook(receiver.url);
    expect(await webhooks()).toEqual({ 'state="active"': 2, 'state="paused"': 0 });
    await stage.work();
    await stage.post(hook.channel, 1);
    await expect.poll(webhooks, soon).toEqual({ 'state="active"': 1, 'state="paused"': 1 });
    await stage.history.webhooks.resume(hook.channel, hook.id);
    expect(await webhooks()).toMatchObject({ 'state="active"': 2 });
  });

  it('count the jobs that wait, and those that are at work', { timeout: SLOW_MS }, async () => {
    const registry = new Registry();
    createWorkerMetrics(registry, { jobs: stage.jobs, webhooks: stage.history.webhooks });
    const ofWebhooks = async () => {
      const jobs = await shown(registry, 'carillon_queue_jobs');
      const of = (state: string) => jobs[`queue="webhooks",state="${state}"`];
      return { waiting: of('waiting'), active: of('active'), failed: of('failed') };
    };
    const hooks = [await stage.hook('http://127.0.0.1:9/'), await stage.hook('http://127.0.0.1:9/')];
    for (const { id } of hooks) await stage.jobs.deliver(id);
    expect(await ofWebhooks()).toEqual({ waiting: 2, active: 0, failed: 0 });

    const receiver = await stage.receiver();
    let answer = () => {};
    receiver.answer = (_request, response) => {
      answer = () => void response.writeHead(200).end();
    };
    const hook = await stage.hook(receiver.url);
    await stage.post(hook.channel, 1);
    await stage.work();
    await expect.poll(ofWebhooks, soon).toEqual({ waiting: 0, active: 1, failed: 0 });
    answer();
    await expect.poll(ofWebhooks, soon).toEqual({ waiting: 0, active: 0, failed: 0 });
  });
});
