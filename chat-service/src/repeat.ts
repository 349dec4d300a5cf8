import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '@carillon/runtime';

/** A stop has 10 s in all; a turn over millions of events takes longer, ms. */
const CLOSE_WITHIN_MS = 2_000;

/** Whether a task has more to do at once, or the pause comes first. */
export type Turn = 'more' | 'rest';

/**
 * Runs `task` until closed, one turn at a time with `intervalMs` between. Where it throws (what it needs is away)
 * it is tried again after the pause, with one log line for each outage. `close` waits for the turn under way, 2 s at
 * most: a longer one is left where it is, which is safe after any of its steps.
 */
export function repeat(
  task: () => Promise<Turn>,
  { name, intervalMs, log }: { name: string; intervalMs: number; log: Log },
): { close(): Promise<void> } {
  const closing = new AbortController();
  const { signal } = closing;
  let away = false;

  const turn = async (): Promise<Turn> => {
    try {
      const next = await task();
      if (away) log.info(`${name}: works again`);
      away = false;
      return next;
    } catch (error) {
      if (!away) log.warn({ err: error }, `${name}: waits and tries again`);
      away = true;
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
