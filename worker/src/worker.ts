import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '@carillon/bus';
import type { History, Retention } from '@carillon/history';
import type { Jobs } from '@carillon/jobs';
import { startWork } from '@carillon/jobs/work';
import type { Log } from '@carillon/runtime';
import type { Registry } from 'prom-client';
import { removeOldExports } from './exports/old-exports.ts';
import { writeExport } from './exports/write-export.ts';
import { createWorkerMetrics } from './metrics.ts';
import { createDelivery } from './webhooks/delivery.ts';
import { openSender } from './webhooks/sender.ts';
import { startSweep } from './webhooks/sweep.ts';
import { startWakeUps } from './webhooks/wake-ups.ts';

export interface WorkerParts {
  history: History;
  bus: Bus;
  jobs: Jobs;
  /** Jobs are taken over connections of their own. */
  jobsUrl: string;
  /** In PEM, trusted besides the system's: by the queue's connections, and for webhooks. */
  ca?: string | undefined;
  exportDir: string;
  /** Whether webhooks may go to private addresses. */
  allowPrivate: boolean;
  /** What is kept; undefined for all. */
  retention: Retention | undefined;
  log: Log;
  registry: Registry;
}

export interface Worker {
  /** Rejects where the store or the queue does not answer. */
  ready(): Promise<void>;
  /** Ends or hands back what is under way. What was given to it stays open. */
  close(): Promise<void>;
}

/** Nobody waits for old messages to go; a minute keeps each run small. */
const RETENTION_INTERVAL_MS = 60_000;

/** Files a day old may stay an hour more. */
const OLD_EXPORTS_INTERVAL_MS = 60 * 60 * 1_000;

/** A stop takes no longer, ms: more than jobs under way get, and within the 10 s of a service with time for what is closed after. */
const STOP_WITHIN_MS = 7_000;

/** Takes jobs, and finds those that nobody asked for. */
export async function startWorker(parts: WorkerParts): Promise<Worker> {
  const { history, bus, jobs, exportDir, retention, log } = parts;
  const metrics = createWorkerMetrics(parts.registry, { jobs, webhooks: history.webhooks });
  const sender = openSender({ allowPrivate: parts.allowPrivate, ca: parts.ca });
  const deliver = createDelivery({ history, sender, jobs, metrics, log });

  const retain = async () => {
    const dropped = await history.retain(retention ?? {});
    if (dropped > 0) log.info({ dropped }, 'dropped old messages');
  };
  const work = startWork(parts.jobsUrl, {
    ca: parts.ca,
    log,
    observe: (queue, outcome, seconds) => metrics.jobs.labels(queue, outcome).observe(seconds),
    handlers: {
      deliver,
      export: (order, task) => writeExport({ history, directory: exportDir }, order, task),
      upkeep: {
        'remove-old-exports': {
          everyMs: OLD_EXPORTS_INTERVAL_MS,
          run: () => removeOldExports(exportDir),
        },
        ...(retention && { retention: { everyMs: RETENTION_INTERVAL_MS, run: retain } }),
      },
    },
  });
  const wakeUps = await startWakeUps({ bus, webhooks: history.webhooks, jobs });
  const sweep = startSweep({ webhooks: history.webhooks, jobs, log });

  return {
    async ready() {
      await Promise.all([history.ping(), work.ready()]);
    },
    async close() {
      // At once, for each may wait for a server that hangs. What is left loses nothing: the next sweep finds it.
      const ended = Promise.all([wakeUps.close(), sweep.close(), work.close()]);
      await Promise.race([ended, sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
      sender.close();
    },
  };
}
