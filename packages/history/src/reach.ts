import { setTimeout as sleep } from 'node:timers/promises';
import { type History, HistoryUnavailable, UnfitStore } from './history.ts';
import type { HistoryOptions } from './history-options.ts';
import { openHistory } from './open.ts';

/** Pauses between two tries: a server that restarts is back within a second or two. */
const FIRST_PAUSE_MS = 200;
const LAST_PAUSE_MS = 2_000;

export interface ReachOptions extends HistoryOptions {
  /** Called once for each reason for which the store cannot be reached, while it is waited for. */
  onAway: (error: HistoryUnavailable) => void;
  /** Makes the error that is thrown where the URL names what can never be served, from the reason in plain words. */
  unfit: (why: string) => Error;
  /** Ends the waiting. */
  signal?: AbortSignal;
}

/**
 * Opens the store as {@link openHistory} does, and waits for one that is away: all of a deployment starts at once, and
 * a process that ended over it would only be started again.
 *
 * @throws what `unfit` makes, DirectoryInUse where another process has it, AbortError when `signal` says so.
 */
export async function reachHistory(
  url: string,
  { onAway, unfit, signal, ...options }: ReachOptions,
): Promise<History> {
  let told: string | undefined;
  for (let pause = FIRST_PAUSE_MS; ; pause = Math.min(pause * 2, LAST_PAUSE_MS)) {
    try {
      return await openHistory(url, options);
    } catch (error) {
      if (error instanceof UnfitStore) throw unfit(error.message);
      if (!(error instanceof HistoryUnavailable)) throw error;
      const reason = String(error.cause ?? error.message);
      if (reason !== told) onAway(error);
      told = reason;
    }
    await sleep(pause, undefined, { signal });
  }
}
