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
  let timer: NodeJS.Timeout | undefined;
  let waking = Promise.resolve();

  const wake = async () => {
    const named = [...channels];
    channels.clear();
    const due = await webhooks.dueOf(named).catch(() => []);
    await Promise.allSettled(due.map((id) => jobs.deliver(id)));
  };
  const gather = () => {
    timer ??= setTimeout(() => {
      waking = wake().finally(() => {
        timer = undefined;
        if (channels.size > 0) gather();
      });
    }, GATHER_MS);
  };
  const unsubscribe = await bus.subscribe((channel) => {
    if (channels.size < MAX_CHANNELS) channels.add(channel);
    gather();
  });
  return {
    async close() {
      await unsubscribe();
      channels.clear();
      clearTimeout(timer);
      await waking;
    },
  };
}
