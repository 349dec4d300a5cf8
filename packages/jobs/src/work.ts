import { setMaxListeners } from 'node:events';
import { performance } from 'node:perf_hooks';
import { type Job, Queue, UnrecoverableError, WaitingError, Worker } from 'bullmq';
import type { z } from 'zod';
import { type ConnectionOptions, connectPatient } from './connection.ts';
import {
  deliverJob,
  type ExportOrder,
  type ExportProgress,
  exportJob,
  PREFIX,
  pingJob,
  type QueueName,
  upkeepJob,
} from './payloads.ts';
import { keepSchedule, type Upkeep } from './schedule.ts';

export type { Upkeep } from './schedule.ts';

/** The worker's handlers. The signal of each is aborted when the worker stops: the handler should then finish soon. */
export interface Handlers {
  /** Sends what the webhook has to send. */
  deliver(webhook: string, signal: AbortSignal): Promise<void>;
  /** Writes a channel to a file; throws {@link HandedBack} if it cannot finish before the stop. */
  export(order: ExportOrder & { id: string }, task: ExportTask): Promise<void>;
  /** Repeating tasks by name, each run by one worker at a time. */
  upkeep: Readonly<Record<string, Upkeep>>;
}

export interface ExportTask {
  signal: AbortSignal;
  /** Reports progress to waiting callers. If the queue is unavailable or has forgotten the job, nothing happens. */
  report(progress: ExportProgress): void;
}

/** How a job ends in one worker. */
export const JOB_OUTCOMES = ['done', 'failed', 'handed-back'] as const;
export type JobOutcome = (typeof JOB_OUTCOMES)[number];

/** Thrown by a handler that stops in the middle: the job is put back at once, for another worker. */
export class HandedBack extends Error {
  override readonly name = 'HandedBack';
}

/** The worker's log for failures. */
export interface WorkLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface WorkOptions extends ConnectionOptions {
  handlers: Handlers;
  log: WorkLog;
  /** Called for each job that ended here: its queue, its outcome and its duration. */
  observe?: (queue: QueueName, outcome: JobOutcome, seconds: number) => void;
}

/** A process that takes jobs. */
export interface Work {
  /** Rejects if Redis does not answer or accepts no writes. */
  ready(): Promise<void>;
  /**
   * Takes no more jobs, and lets active jobs finish or be handed back. After {@link STOP_WITHIN_MS} they are abandoned:
   * another worker finds them.
   */
  close(): Promise<void>;
}

/**
 * How long a job is locked to its worker, ms; renewed at half of it. A killed worker's job is free after this plus
 * {@link STALLED_CHECK_MS}: 15 s at most. With a shorter lock, a worker on a busy machine would lose its active jobs.
 */
const LOCK_MS = 10_000;

/** How often each worker looks for jobs whose worker is gone, ms. */
const STALLED_CHECK_MS = 5_000;

/** Number of lost workers after which a job is given up. */
const MAX_WORKERS_LOST = 3;

/** Pause before the next job is requested after an error of Redis (other than an outage), ms. */
const RUN_RETRY_MS = 1_000;

/**
 * How long a stop waits for active jobs, ms: within the 10 s that a service has, with time to close everything else.
 */
const STOP_WITHIN_MS = 6_000;

/** Concurrent jobs in one process: webhooks wait for other people's servers, exports and upkeep load the store. */
const CONCURRENCY: Readonly<Record<QueueName, number>> = { ping: 5, webhooks: 50, exports: 2, upkeep: 1 };

/** Takes jobs from the queue in the Redis at `url` until closed. Waits for a Redis that is unavailable. */
export function startWork(url: string, { ca, handlers, log, observe }: WorkOptions): Work {
  const connection = connectPatient(url, { ca, log });
  const { redis } = connection;
  const stop = new AbortController();
  // Each active job may add a listener.
  setMaxListeners(
    Object.values(CONCURRENCY).reduce((sum, each) => sum + each),
    stop.signal,
  );

  const processors: Record<QueueName, (job: Job) => Promise<void>> = {
    ping: async (job) => void parse(pingJob, job),
    webhooks: (job) => handlers.deliver(parse(deliverJob, job).webhook, stop.signal),
    exports: (job) =>
      handlers.export(
        { ...parse(exportJob, job), id: job.id ?? '' },
        { signal: stop.signal, report: (progress) => void job.updateProgress(progress).catch(() => {}) },
      ),
    upkeep: async (job) => {
      const { task } = parse(upkeepJob, job);
      const upkeep = handlers.upkeep[task];
      // Scheduled by another version of the worker, and unknown to this one.
      if (upkeep === undefined) throw new UnrecoverableError('unknown task');
      await upkeep.run();
    },
  };

  const start = (name: QueueName): Worker => {
    const run = async (job: Job, token?: string) => {
      const started = performance.now();
      const ended = (outcome: JobOutcome) => observe?.(name, outcome, (performance.now() - started) / 1_000);
      try {
        // The job was on its way to this worker when the stop began.
        if (stop.signal.aborted) throw new HandedBack();
        await processors[name](job);
        ended('done');
      } catch (err) {
        if (err instanceof HandedBack) {
          await job.moveToWait(token);
          ended('handed-back');
          throw new WaitingError();
        }
        ended('failed');
        log.warn({ err, queue: name, job: job.id }, 'a job failed');
        throw err;
      }
    };
    const worker = new Worker(name, run, {
      connection: redis,
      prefix: PREFIX,
      concurrency: CONCURRENCY[name],
      lockDuration: LOCK_MS,
      stalledInterval: STALLED_CHECK_MS,
      maxStalledCount: MAX_WORKERS_LOST,
      runRetryDelay: RUN_RETRY_MS,
    });
    worker.on('error', ({ message: reason }) => {
      // While Redis is unavailable each connection reports an error each time; the outage itself is logged once.
      if (redis.status === 'ready') log.warn({ reason, queue: name }, 'the job queue reported an error');
    });
    return worker;
  };
  const names = Object.keys(processors) as QueueName[];
  const workers = names.map(start);

  const upkeepQueue = new Queue('upkeep', { connection: redis, prefix: PREFIX });
  upkeepQueue.on('error', () => {});
  const schedule = keepSchedule(upkeepQueue, handlers.upkeep);

  return {
    async ready() {
      if (!connection.up) throw new Error('the job queue is unavailable or read-only');
      await redis.ping();
    },
    async close() {
      schedule.close();
      // Pause before handing jobs back, or this worker would take them again.
      const ended = Promise.all([...workers, upkeepQueue].map((part) => part.close()));
      stop.abort();
      await Promise.race([ended, after(STOP_WITHIN_MS)]);
      connection.close();
    },
  };
}

function parse<Schema extends z.ZodType>(schema: Schema, job: Job): z.output<Schema> {
  const parsed = schema.safeParse(job.data);
  if (parsed.success) return parsed.data;
  throw new UnrecoverableError('this is not a Carillon job');
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
