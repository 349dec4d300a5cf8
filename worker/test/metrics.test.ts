import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { createWorkerMetrics } from '../src/metrics.ts';
import { shown } from './shown.ts';
import { openWorkerFixture, serversInstalled, type WorkerFixture } from './worker-fixture.ts';

/** Servers start and stop in between, on a machine that others share. */
const SLOW_MS = 180_000;
const soon = { timeout: 60_000, interval: 100 };

describe.skipIf(!serversInstalled)('the numbers of the worker', () => {
  let fixture: WorkerFixture;
  beforeAll(async () => {
    fixture = await openWorkerFixture();
  }, SLOW_MS);
  afterEach(() => fixture.clear());
  afterAll(() => fixture?.close());

  it('count the webhooks that are active and those that are paused', { timeout: SLOW_MS }, async () => {
    const registry = new Registry();
    createWorkerMetrics(registry, { jobs: fixture.jobs, webhooks: fixture.history.webhooks });
    const webhooks = () => shown(registry, 'carillon_webhooks');
    expect(await webhooks()).toEqual({ 'state="active"': 0, 'state="paused"': 0 });
    const receiver = await fixture.receiver();
    receiver.answer = (_request, response) => void response.writeHead(410).end();
    const hook = await fixture.hook(receiver.url);
    await fixture.hook(receiver.url);
    expect(await webhooks()).toEqual({ 'state="active"': 2, 'state="paused"': 0 });
    await fixture.work();
    await fixture.post(hook.channel, 1);
    await expect.poll(webhooks, soon).toEqual({ 'state="active"': 1, 'state="paused"': 1 });
    await fixture.history.webhooks.resume(hook.channel, hook.id);
    expect(await webhooks()).toMatchObject({ 'state="active"': 2 });
  });

  it('count the jobs that wait, and those that are at work', { timeout: SLOW_MS }, async () => {
    const registry = new Registry();
    createWorkerMetrics(registry, { jobs: fixture.jobs, webhooks: fixture.history.webhooks });
    const ofWebhooks = async () => {
      const jobs = await shown(registry, 'carillon_queue_jobs');
      const of = (state: string) => jobs[`queue="webhooks",state="${state}"`];
      return { waiting: of('waiting'), active: of('active'), failed: of('failed') };
    };
    const hooks = [await fixture.hook('http://127.0.0.1:9/'), await fixture.hook('http://127.0.0.1:9/')];
    for (const { id } of hooks) await fixture.jobs.deliver(id);
    expect(await ofWebhooks()).toEqual({ waiting: 2, active: 0, failed: 0 });

    const receiver = await fixture.receiver();
    let answer = () => {};
    receiver.answer = (_request, response) => {
      answer = () => void response.writeHead(200).end();
    };
    const hook = await fixture.hook(receiver.url);
    await fixture.post(hook.channel, 1);
    await fixture.work();
    await expect.poll(ofWebhooks, soon).toEqual({ waiting: 0, active: 1, failed: 0 });
    answer();
    await expect.poll(ofWebhooks, soon).toEqual({ waiting: 0, active: 0, failed: 0 });
  });
});
