import { setTimeout as sleep } from 'node:timers/promises';
import type { Webhooks } from '@carillon/history';
import type { Jobs } from '@carillon/jobs';
import type { Log } from '@carillon/runtime';

export interface SweepParts {
  webhooks: Webhooks;
  jobs: Jobs;
  log: Log;
}

/** Time between two sweeps, ms: the delay after a lost wake-up, and the precision of retry times. */
const INTERVAL_MS = 2_000;

/** Webhooks per query. */
const PAGE = 500;

/**
 * Finds webhooks that have something to send and that no worker is handling: the wake-up was lost, the queue was
 * flushed, a worker was killed, or the pause after a failure is over. Every worker sweeps; the queue accepts each
 * webhook once.
 */
export function startSweep({ webhooks, jobs, log }: SweepParts): { close(): Promise<void> } {
  const stop = new AbortController();
  let failing = false;

  const sweep = async () => {
    let last = '';
    for (;;) {
      const due = await webhooks.due(last, PAGE);
      await Promise.all(due.map((id) => jobs.deliver(id)));
      last = due.at(-1) ?? '';
      if (due.length < PAGE) return;
    }
  };
  const run = async () => {
    while (!stop.signal.aborted) {
      try {
        await sweep();
        if (failing) log.info('webhooks: the sweep works again');
        failing = false;
      } catch (err) {
        if (!failing) log.warn({ err }, 'webhooks: cannot find the webhooks that are due');
        failing = true;
      }
      await sleep(INTERVAL_MS, undefined, { signal: stop.signal }).catch(() => {});
    }
  };
  const running = run();
  return {
    async close() {
      stop.abort();
      await running;
    },
  };
}
