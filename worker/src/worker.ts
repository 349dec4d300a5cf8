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
  /** Jobs use connections of their own. */
  jobsUrl: string;
  /** In PEM, trusted in addition to the system's: for the queue's connections and for webhooks. */
  ca?: string | undefined;
  exportDir: string;
  /** Whether webhooks may be sent to private addresses. */
  allowPrivate: boolean;
  /** What is kept; undefined keeps everything. */
  retention: Retention | undefined;
  log: Log;
  registry: Registry;
}

export interface Worker {
  /** Rejects if the store or the queue does not answer. */
  ready(): Promise<void>;
  /** Finishes active jobs or hands them back. Everything that was passed in stays open. */
  close(): Promise<void>;
}

/** Nobody waits for old messages to be deleted; a minute keeps each run small. */
const RETENTION_INTERVAL_MS = 60_000;

/** Old files may stay an hour longer. */
const OLD_EXPORTS_INTERVAL_MS = 60 * 60 * 1_000;

/**
 * Time limit of a stop, ms: more than active jobs get, and within the 10 s of a service with time to close everything
 * else.
 */
const STOP_WITHIN_MS = 7_000;

/** Takes jobs, and finds work that has no job. Rejects if the bus subscription fails. */
export async function startWorker(parts: WorkerParts): Promise<Worker> {
  const { history, bus, jobs, exportDir, retention, log } = parts;
  const metrics = createWorkerMetrics(parts.registry, { jobs, webhooks: history.webhooks });
  const sender = openSender({ allowPrivate: parts.allowPrivate, ca: parts.ca });
  const deliver = createDelivery({ history, sender, jobs, metrics, log });

  const retain = async () => {
    const dropped = await history.retain(retention ?? {});
    if (dropped > 0) log.info({ dropped }, 'deleted old messages');
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
      // In parallel, because each may wait for a server that hangs. Unfinished work is not lost: the next sweep finds
      // it.
      const ended = Promise.all([wakeUps.close(), sweep.close(), work.close()]);
      await Promise.race([ended, sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
      sender.close();
    },
  };
}
