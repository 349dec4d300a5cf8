import type { History, Retention } from '@carillon/history';
import type { Log } from '@carillon/runtime';
import { repeat } from './repeat.ts';

/** How often old messages are deleted, ms: it is not urgent, and a minute keeps each run small. */
const RETENTION_INTERVAL_MS = 60_000;

/** Deletes messages over the bounds about once a minute, until closed, in a process without a worker. */
export function startRetention(history: History, retention: Retention, log: Log): { close(): Promise<void> } {
  const task = async () => {
    const dropped = await history.retain(retention);
    if (dropped > 0) log.debug({ dropped }, 'dropped old messages');
    return 'rest' as const;
  };
  return repeat(task, { name: 'retention', intervalMs: RETENTION_INTERVAL_MS, log });
}
