import { type Jobs, NoWorker } from '@carillon/jobs';
import { type Check, NotWell, type Unconfigured } from './check.ts';

const WORKER = { name: 'worker', title: 'Worker' } as const;

/** Less than the check's own limit, so that the result has the reason, ms. */
const TAKEN_WITHIN_MS = 1_500;

/** Checks the worker with a job's round trip; not configured without a job queue. */
export function workerCheck(jobs: Pick<Jobs, 'ping'> | undefined): Check | Unconfigured {
  if (jobs === undefined) return { ...WORKER, notConfigured: 'not configured: no job queue' };
  return {
    ...WORKER,
    async run() {
      try {
        await jobs.ping(TAKEN_WITHIN_MS);
        return 'a job was run and answered';
      } catch (error) {
        if (error instanceof NoWorker) throw new NotWell('accepted no job: no worker runs, or all are busy');
        throw new NotWell('cannot be checked: the job queue (Redis) is unavailable', { cause: error });
      }
    },
  };
}
