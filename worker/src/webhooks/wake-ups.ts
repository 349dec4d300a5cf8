import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '@carillon/bus';
import type { Webhooks } from '@carillon/history';
import type { Jobs } from '@carillon/jobs';

export interface WakeUpParts {
  bus: Bus;
  webhooks: Webhooks;
  jobs: Jobs;
}

/** Arrivals within this time share one query, ms: a busy bus costs the store 20 queries a second. */
const GATHER_MS = 50;

/** Channels per query; further channels wait for the sweep. */
const MAX_CHANNELS = 5_000;

/**
 * Queues the webhooks of a channel as soon as the bus delivers an event of it. The sweep finds whatever fails here or
 * never arrives.
 */
export async function startWakeUps({
  bus,
  webhooks,
  jobs,
}: WakeUpParts): Promise<{ close(): Promise<void> }> {
  const channels = new Set<string>();
  /** The pending query that will include new arrivals. */
  let next: Promise<void> | undefined;
  let last = Promise.resolve();

  const look = async () => {
    // One query at a time, so that a slow store gets no more of them.
    await Promise.all([sleep(GATHER_MS), last]);
    next = undefined;
    const named = [...channels];
    channels.clear();
    const due = await webhooks.dueOf(named).catch(() => []);
    await Promise.allSettled(due.map((id) => jobs.deliver(id)));
  };
  // In a Kafka group the message counts as read after the query: if this worker is killed before, another worker gets
  // the message.
  const unsubscribe = await bus.subscribe((channel) => {
    if (channels.size < MAX_CHANNELS) channels.add(channel);
    if (next === undefined) {
      next = look();
      last = next;
    }
    return next;
  });
  return {
    async close() {
      await unsubscribe();
      await last;
    },
  };
}
