import { Counter, Histogram, type Registry } from 'prom-client';

/** What became of a request to a webhook's receiver. Closed, like every label here. */
export type RequestOutcome = 'taken' | 'refused' | 'gone' | 'timeout' | 'unreachable' | 'blocked';

/** What the worker counts, on the registry of the process. */
export interface WorkerMetrics {
  jobs: Histogram<'queue' | 'outcome'>;
  requests: Counter<'outcome'>;
}

/** Registers the worker's metrics; once for each registry. */
export function createWorkerMetrics(registry: Registry): WorkerMetrics {
  const registers = [registry];
  return {
    jobs: new Histogram({
      name: 'carillon_job_seconds',
      help: 'Jobs by queue and by how they ended, and how long they took',
      labelNames: ['queue', 'outcome'],
      buckets: [0.005, 0.05, 0.5, 5, 50, 500],
      registers,
    }),
    requests: new Counter({
      name: 'carillon_webhook_requests_total',
      help: 'Requests to receivers of webhooks by what became of them',
      labelNames: ['outcome'],
      registers,
    }),
  };
}
