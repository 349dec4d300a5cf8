import { performance } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Queues } from './queues.ts';

/** No worker took the job in time: none runs, or all are busy or cut off. */
export class NoWorker extends Error {
  override readonly name = 'NoWorker';
}

/** How often the job is looked at, ms: a worker does it in some 5. */
const POLL_MS = 25;

/** Pings that are kept when done, long enough for who waits to see it, seconds and number. */
const KEPT = { age: 60, count: 100 };

/** Of many at once the first are gone already when they are looked for: only what is done is not kept. */
const DONE: ReadonlySet<string> = new Set(['completed', 'unknown']);

/**
 * Sends a job through a worker and waits for its end. Gives the time it took, ms. A job that nobody took is taken
 * back, so that pings do not pile up where no worker runs.
 *
 * @throws NoWorker after `timeoutMs`, JobsUnavailable where Redis is away.
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
