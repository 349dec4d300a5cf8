import { setTimeout as sleep } from 'node:timers/promises';
import type { History } from './history.ts';
import { HistoryUnavailable, UnfitStore } from './history-errors.ts';
import type { HistoryOptions } from './history-options.ts';
import { openHistory } from './open.ts';

/** Pauses between two attempts: a server that restarts is back within a few seconds. */
const FIRST_PAUSE_MS = 200;
const LAST_PAUSE_MS = 2_000;

export interface ReachOptions extends HistoryOptions {
  /** Called once for each new reason why the store cannot be reached, while waiting for it. */
  onAway: (error: HistoryUnavailable) => void;
  /** Creates the error to throw if the URL can never be used, from the reason in plain English. */
  unfit: (why: string) => Error;
  /** Stops waiting. */
  signal?: AbortSignal;
}

/**
 * Opens the store as {@link openHistory} does, and waits for one that is unavailable: all parts of a deployment start
 * together, and a process that exited would only be restarted.
 *
 * @throws the error of `unfit`, DirectoryInUse if another process has it open, AbortError if `signal` is aborted.
 */
export async function reachHistory(
  url: string,
  { onAway, unfit, signal, ...options }: ReachOptions,
): Promise<History> {
  let lastReason: string | undefined;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LAST_PAUSE_MS)) {
    try {
      return await openHistory(url, options);
    } catch (error) {
      if (error instanceof UnfitStore) throw unfit(error.message);
      if (!(error instanceof HistoryUnavailable)) throw error;
      const reason = String(error.cause ?? error.message);
      if (reason !== lastReason) onAway(error);
      lastReason = reason;
    }
    await sleep(pause, undefined, { signal });
  }
}
