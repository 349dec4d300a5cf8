import type { History, Retention } from '@carillon/history';
import type { Log } from '@carillon/runtime';
import { repeat } from './repeat.ts';

/** Nobody waits for old messages to go; a minute keeps each run small. */
const RETENTION_INTERVAL_MS = 60_000;

/** Drops what is over the bounds, about once a minute, until closed: for a process that has no worker beside it. */
export function startRetention(history: History, retention: Retention, log: Log): { close(): Promise<void> } {
  const task = async () => {
    const dropped = await history.retain(retention);
    if (dropped > 0) log.debug({ dropped }, 'dropped old messages');
    return 'rest' as const;
  };
  return repeat(task, { name: 'retention', intervalMs: RETENTION_INTERVAL_MS, log });
}
