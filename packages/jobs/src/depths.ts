import { QUEUE_NAMES, type QueueName } from './payloads.ts';
import type { Queues } from './queues.ts';

/** The states of a job that is not finished. */
export const QUEUE_STATES = ['waiting', 'active', 'delayed', 'failed'] as const;

/** The number of jobs of a queue in one state, for all workers together. */
export interface QueueDepth {
  queue: QueueName;
  state: (typeof QUEUE_STATES)[number];
  jobs: number;
}

/** Counts the jobs of all queues. Throws JobsUnavailable if Redis is unavailable. */
export async function depthsOf(queues: Queues): Promise<QueueDepth[]> {
  const each = QUEUE_NAMES.map((queue) =>
    queues.use(queue, async (open) => {
      const counts = await open.getJobCounts(...QUEUE_STATES);
      return QUEUE_STATES.map((state) => ({ queue, state, jobs: counts[state] ?? 0 }));
    }),
  );
  return (await Promise.all(each)).flat();
}
