import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@carillon/runtime';

/** How long `close` waits, ms: a stop has 10 s in all, and a turn over millions of events takes longer. */
const CLOSE_WITHIN_MS = 2_000;

/** Whether a task has more work at once, or pauses first. */
export type Turn = 'more' | 'rest';

/**
 * Runs `task` until closed, one turn at a time with `intervalMs` between. If it throws (because what it needs is unavailable),
 * it is tried again after the pause, with one log line for each outage. `close` waits for the current turn, at most 2 s. A longer
 * turn is abandoned, so a task must be safe to stop after each of its steps.
 */
export function repeat(
  task: () => Promise<Turn>,
  { name, intervalMs, log }: { name: string; intervalMs: number; log: Log },
): { close(): Promise<void> } {
  const closing = new AbortController();
  const { signal } = closing;
  let failing = false;

  const turn = async (): Promise<Turn> => {
    try {
      const next = await task();
      if (failing) log.info(`${name}: works again`);
      failing = false;
      return next;
    } catch (error) {
      if (!failing) log.warn({ err: error }, `${name}: failed and will be tried again`);
      failing = true;
      return 'rest';
    }
  };

  const run = async () => {
    while (!signal.aborted) {
      const next = await turn();
      if (next === 'rest') await sleep(intervalMs, undefined, { signal, ref: false }).catch(() => undefined);
    }
  };

  const running = run();
  return {
    async close() {
      closing.abort();
      await Promise.race([running, sleep(CLOSE_WITHIN_MS, undefined, { ref: false })]);
    },
  };
}
