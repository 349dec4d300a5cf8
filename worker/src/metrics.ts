import type { Webhooks } from '@carillon/history';
import { type Jobs, QUEUE_NAMES } from '@carillon/jobs';
import { JOB_OUTCOMES } from '@carillon/jobs/work';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** Outcomes of a request to a webhook's receiver. A closed list, like every label here. */
export const REQUEST_OUTCOMES = ['taken', 'refused', 'gone', 'timeout', 'unreachable', 'blocked'] as const;
export type RequestOutcome = (typeof REQUEST_OUTCOMES)[number];

/** The worker's metrics, on the registry of the process. */
export interface WorkerMetrics {
  jobs: Histogram<'queue' | 'outcome'>;
  requests: Counter<'outcome'>;
}

/**
 * Registers the worker's metrics; once for each registry. Each scrape asks `jobs` for the depths of the queues, and the
 * store for the number of webhooks.
 */
export function createWorkerMetrics(
  registry: Registry,
  { jobs, webhooks }: { jobs: Pick<Jobs, 'depths'>; webhooks: Pick<Webhooks, 'counts'> },
): WorkerMetrics {
  const registers = [registry];
  new Gauge({
    name: 'carillon_queue_jobs',
    help: 'Jobs of all workers by queue and state; every worker reports the same numbers, and none while Redis is unreachable',
    labelNames: ['queue', 'state'],
    registers,
    async collect() {
      this.reset();
      const depths = await jobs.depths().catch(() => []);
      for (const { queue, state, jobs } of depths) this.set({ queue, state }, jobs);
    },
  });
  new Gauge({
    name: 'carillon_webhooks',
    help: 'Webhooks by state; a paused webhook receives nothing until somebody resumes it. Every worker reports the same numbers, and none while the store is unreachable',
    labelNames: ['state'],
    registers,
    async collect() {
      this.reset();
      const counts = await webhooks.counts().catch(() => ({}));
      for (const [state, count] of Object.entries(counts)) this.set({ state }, count);
    },
  });
  const requests = new Counter({
    name: 'carillon_webhook_requests_total',
    help: 'Requests to webhook receivers, by outcome',
    labelNames: ['outcome'],
    registers,
  });
  for (const outcome of REQUEST_OUTCOMES) requests.inc({ outcome }, 0);
  const jobSeconds = new Histogram({
    name: 'carillon_job_seconds',
    help: 'Duration of jobs, by queue and by outcome: done, failed, or handed-back at a stop',
    labelNames: ['queue', 'outcome'],
    buckets: [0.005, 0.05, 0.5, 5, 50, 500],
    registers,
  });
  for (const queue of QUEUE_NAMES) for (const outcome of JOB_OUTCOMES) jobSeconds.zero({ queue, outcome });
  return { requests, jobs: jobSeconds };
}
