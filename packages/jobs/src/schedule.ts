import type { Queue } from 'bullmq';

/** A task that is done again and again. */
export interface Upkeep {
  /** From one beginning to the next, ms. */
  everyMs: number;
  run(): Promise<void>;
}

/** How often the schedule is looked at, ms: a Redis that lost it has it again after this. */
const LOOK_MS = 5_000;

/** Done tasks that are kept, for who looks into the queue. */
const KEPT = { count: 10 };

/** A task so many times overdue is not merely late: its next run was never written. */
const LOST_AFTER_RUNS = 3;

/** Tasks of another configuration that are removed in one look; of more the next look finds the rest. */
const MAX_REMOVED = 100;

/** Keeps these tasks and no others in the queue's schedule, and one of them at work at a time, across all workers. */
export function keepSchedule(queue: Queue, tasks: Readonly<Record<string, Upkeep>>): { close(): void } {
  let looking = false;
  const look = async () => {
    // With Redis away the last look still waits for it.
    if (looking) return;
    looking = true;
    try {
      await queue.setGlobalConcurrency(1);
      for (const { key } of await queue.getJobSchedulers(0, MAX_REMOVED - 1))
        if (!Object.hasOwn(tasks, key)) await queue.removeJobScheduler(key);
      for (const [task, { everyMs }] of Object.entries(tasks)) {
        const known = await queue.getJobScheduler(task);
        const lost = known?.next !== undefined && known.next + LOST_AFTER_RUNS * everyMs < Date.now();
        // To write it anew each time would put off its next run each time.
        if (known?.every === everyMs && !lost) continue;
        await queue.upsertJobScheduler(
          task,
          { every: everyMs },
          { name: task, data: { task }, opts: { removeOnComplete: KEPT, removeOnFail: KEPT } },
        );
      }
    } catch {
      // Looked at again soon.
    } finally {
      looking = false;
    }
  };
  void look();
  const timer = setInterval(look, LOOK_MS);
  return { close: () => clearInterval(timer) };
}
