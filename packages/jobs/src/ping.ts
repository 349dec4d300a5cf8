import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queues } from './queues.ts';

/** No worker took the job in time: none is running, or all are busy or disconnected. */
export class NoWorker extends Error {
  override readonly name = 'NoWorker';
}

/** How often the job's state is polled, ms: a worker needs about 5. */
const POLL_MS = 25;

/** How many finished pings are kept, so that the waiting caller sees them; seconds and number. */
const KEPT = { age: 60, count: 100 };

/** With many pings at once the first may be gone when they are looked up: only finished jobs are removed. */
const DONE: ReadonlySet<string> = new Set(['completed', 'unknown']);

/**
 * Sends a job through a worker and waits for it. Resolves to the duration, ms. A job that no worker took is removed, so
 * that pings do not pile up while no worker is running.
 *
 * @throws NoWorker after `timeoutMs`, JobsUnavailable if Redis is unavailable
 */
export async function ping(queues: Queues, timeoutMs: number): Promise<number> {
  const started = performance.now();
  const { id } = await queues.use('ping', (queue) =>
    queue.add('ping', {}, { removeOnComplete: KEPT, removeOnFail: KEPT }),
  );
  if (id === undefined) throw new NoWorker('the ping got no id');
  while (!DONE.has(await queues.use('ping', (queue) => queue.getJobState(id)))) {
    if (performance.now() - started > timeoutMs) {
      await queues.use('ping', (queue) => queue.remove(id));
      throw new NoWorker(`no worker answered within ${timeoutMs} ms`);
    }
    await sleep(POLL_MS);
  }
  return performance.now() - started;
}
