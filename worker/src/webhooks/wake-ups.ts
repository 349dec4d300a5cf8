import { setTimeout as sleep } from 'node:timers/promises';
import type { Bus } from '@carillon/bus';
import type { Webhooks } from '@carillon/history';
import type { Jobs } from '@carillon/jobs';

export interface WakeUpParts {
  bus: Bus;
  webhooks: Webhooks;
  jobs: Jobs;
}

/** What arrives within this time is looked up in one query, ms: a busy bus costs the store 20 a second. */
const GATHER_MS = 50;

/** Channels that are looked up at once; more wait for the sweep. */
const MAX_CHANNELS = 5_000;

/**
 * Has the webhooks of a channel looked at as soon as the bus brings something of it. What fails here or never arrives is
 * found by the sweep.
 */
export async function startWakeUps({
  bus,
  webhooks,
  jobs,
}: WakeUpParts): Promise<{ close(): Promise<void> }> {
  const channels = new Set<string>();
  /** The look that takes what arrives now, where one is to come. */
  let next: Promise<void> | undefined;
  let last = Promise.resolve();

  const look = async () => {
    // One after the other, so that a slow store gets no more of them.
    await Promise.all([sleep(GATHER_MS), last]);
    next = undefined;
    const named = [...channels];
    channels.clear();
    const due = await webhooks.dueOf(named).catch(() => []);
    await Promise.allSettled(due.map((id) => jobs.deliver(id)));
  };
  // In a group of Kafka it is taken once it was looked at: that of a worker that is killed before goes to another.
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
