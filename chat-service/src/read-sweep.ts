import type { History } from '@carillon/history';
import type { Log } from '@carillon/runtime';
import { repeat } from './repeat.ts';

/** Read cursors expire by the day, so an hour of delay does not matter, ms. Each node of the chat service runs the sweep. */
const SWEEP_INTERVAL_MS = 60 * 60 * 1_000;

/** Deletes the read cursors of people who have been absent for long, about once an hour, until closed. */
export function startReadSweep(
  history: { reads: Pick<History['reads'], 'sweep'> },
  log: Log,
): { close(): Promise<void> } {
  const task = async () => {
    const dropped = await history.reads.sweep();
    if (dropped > 0) log.info({ dropped }, 'dropped old read cursors');
    return 'rest' as const;
  };
  return repeat(task, { name: 'sweep of read cursors', intervalMs: SWEEP_INTERVAL_MS, log });
}
