import { type Jobs, NoWorker } from '@carillon/jobs';
import { type Check, NotWell, type Unconfigured } from './check.ts';

const WORKER = { name: 'worker', title: 'Worker' } as const;

/** Under the check's own limit, so that the reason is told. */
const TAKEN_WITHIN_MS = 1_500;

/** A job's round trip. */
export function workerCheck(jobs: Pick<Jobs, 'ping'> | undefined): Check | Unconfigured {
  if (jobs === undefined) return { ...WORKER, notConfigured: 'not configured: no job queue' };
  return {
    ...WORKER,
    async run() {
      try {
        await jobs.ping(TAKEN_WITHIN_MS);
        return 'a job went through it and back';
      } catch (error) {
        if (error instanceof NoWorker) throw new NotWell('took no job: none runs, or all are busy');
        throw new NotWell('cannot be asked: the job queue (Redis) is away', { cause: error });
      }
    },
  };
}
