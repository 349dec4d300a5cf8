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

/** What a worker does for each kind of job. Each is told by its signal that this worker stops: then it ends soon. */
export interface Handlers {
  /** Sends what the webhook has to send. */
  deliver(webhook: string, signal: AbortSignal): Promise<void>;
  /** Writes a channel to a file; throws {@link HandedBack} where it could not end before the stop. */
  export(order: ExportOrder & { id: string }, task: ExportTask): Promise<void>;
  /** What is done again and again, by one worker at a time, by name. */
  upkeep: Readonly<Record<string, Upkeep>>;
}

export interface ExportTask {
  signal: AbortSignal;
  /** Tells those who wait how far it is. Where the queue is away, or knows the job no more, nobody is told. */
  report(progress: ExportProgress): void;
}

/** How a job ends in one worker. */
export const JOB_OUTCOMES = ['done', 'failed', 'handed-back'] as const;
export type JobOutcome = (typeof JOB_OUTCOMES)[number];

/** Thrown by a handler that stops in the middle: the job is put back at once, for another worker. */
export class HandedBack extends Error {
  override readonly name = 'HandedBack';
}

/** Where a worker writes what goes wrong. */
export interface WorkLog {
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export interface WorkOptions extends ConnectionOptions {
  handlers: Handlers;
  log: WorkLog;
  /** Told of each job that ended here: its queue, how, and how long it took. */
  observe?: (queue: QueueName, outcome: JobOutcome, seconds: number) => void;
}

/** A process that takes jobs. */
export interface Work {
  /** Rejects where Redis does not answer, or takes no writes. */
  ready(): Promise<void>;
  /** Takes no more jobs, and has those under way end or handed back. After {@link STOP_WITHIN_MS} they are left: another worker finds them. */
  close(): Promise<void>;
}

/**
 * A job belongs to its worker for so long, ms, renewed at half of it. Of a worker that was killed it is free after
 * this and a {@link STALLED_CHECK_MS}: 15 s at most. Shorter, and a worker whose machine is busy loses jobs that it does.
 */
const LOCK_MS = 10_000;

/** How often each worker looks for jobs whose worker is gone, ms. */
const STALLED_CHECK_MS = 5_000;

/** A job that took so many workers with it is given up. */
const MAX_WORKERS_LOST = 3;

/** After a fault of Redis (not its absence) the next job is asked for after so long, ms. */
const RUN_RETRY_MS = 1_000;

/** A stop waits for jobs under way, ms: within the 10 s that a service has, with time for what is closed after. */
const STOP_WITHIN_MS = 6_000;

/** Jobs at once in one process: webhooks wait for others' servers, exports and upkeep load the store. */
const CONCURRENCY: Readonly<Record<QueueName, number>> = { ping: 5, webhooks: 50, exports: 2, upkeep: 1 };

/** Takes jobs from the queue in the Redis that `url` names, until closed. One that is away is waited for. */
export function startWork(url: string, { ca, handlers, log, observe }: WorkOptions): Work {
  const connection = connectPatient(url, { ca, log });
  const { redis } = connection;
  const stop = new AbortController();
  // Each job under way may listen.
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
      // Of another version of the worker; it is not in this one's schedule.
      if (upkeep === undefined) throw new UnrecoverableError('unknown task');
      await upkeep.run();
    },
  };

  const start = (name: QueueName): Worker => {
    const run = async (job: Job, token?: string) => {
      const started = performance.now();
      const ended = (outcome: JobOutcome) => observe?.(name, outcome, (performance.now() - started) / 1_000);
      try {
        // What was on its way here when the stop began.
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
      // With Redis away each connection says so each time; that it is away is said once.
      if (redis.status === 'ready') log.warn({ reason, queue: name }, 'the job queue met an error');
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
      if (!connection.up) throw new Error('the job queue is away, or takes no writes');
      await redis.ping();
    },
    async close() {
      schedule.close();
      // Before anything is handed back, or they would take it again.
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
  throw new UnrecoverableError('this job is not one of Carillon');
}

function after(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms).unref());
}
