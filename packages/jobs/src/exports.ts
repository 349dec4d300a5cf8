import { randomBytes } from 'node:crypto';
import type { Job } from 'bullmq';
import { EXPORT_KEPT_MS } from './export-file.ts';
import { type ExportOrder, type ExportProgress, exportJob, exportProgress } from './payloads.ts';
import type { Queues } from './queues.ts';

/** What the queue knows about an export. A finished export is known by its file. */
export interface QueuedExport extends ExportOrder {
  state: 'waiting' | 'running' | 'done' | 'failed';
  /** Undefined until a worker has started. */
  progress?: ExportProgress;
}

/** Too many exports are waiting already. */
export class TooManyExports extends Error {
  override readonly name = 'TooManyExports';
}

/** Limit of waiting exports: at some seconds each, a worker finishes them in minutes. More would only fill the disk. */
const MAX_WAITING = 100;

/**
 * Attempts per export if the store is unavailable or the disk is full, and the pause after the first failure, ms. The
 * pause doubles.
 */
const ATTEMPTS = 8;
const FIRST_PAUSE_MS = 1_000;

/** How long finished exports stay in the queue: as long as their files are kept; seconds and number. */
const KEPT = { age: EXPORT_KEPT_MS / 1_000, count: 1_000 };

/**
 * Queues an export, and resolves to its id.
 *
 * @throws TooManyExports, JobsUnavailable
 */
export function addExport(queues: Queues, order: ExportOrder): Promise<string | TooManyExports> {
  const id = randomBytes(16).toString('hex');
  return queues.use('exports', async (queue) => {
    const { waiting = 0, delayed = 0 } = await queue.getJobCounts('waiting', 'delayed');
    if (waiting + delayed >= MAX_WAITING) return new TooManyExports();
    await queue.add('export', order, {
      jobId: id,
      attempts: ATTEMPTS,
      backoff: { type: 'exponential', delay: FIRST_PAUSE_MS },
      removeOnComplete: KEPT,
      removeOnFail: KEPT,
    });
    return id;
  });
}

/** Undefined if the queue does not know this id (any more). */
export function findExport(queues: Queues, id: string): Promise<QueuedExport | undefined> {
  return queues.use('exports', async (queue) => {
    // Read before the job, so that a finished job has its last progress.
    const state = await queue.getJobState(id);
    const job: Job | undefined = await queue.getJob(id);
    const order = exportJob.safeParse(job?.data);
    if (job === undefined || !order.success) return undefined;
    const progress = exportProgress.safeParse(job.progress);
    return {
      ...order.data,
      state: STATES[state] ?? 'waiting',
      ...(progress.success && { progress: progress.data }),
    };
  });
}

const STATES: Readonly<Record<string, QueuedExport['state']>> = {
  active: 'running',
  completed: 'done',
  failed: 'failed',
};
