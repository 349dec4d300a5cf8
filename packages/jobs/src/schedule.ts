import type { Queue } from 'bullmq';

/** A repeating task. */
export interface Upkeep {
  /** Time from one start to the next, ms. */
  everyMs: number;
  run(): Promise<void>;
}

/** How often the schedule is checked, ms: a Redis that lost it has it again after this time. */
const LOOK_MS = 5_000;

/** Finished tasks to keep, for people who inspect the queue. */
const KEPT = { count: 10 };

/** Overdue by this many runs, a task is not merely late: its next run was never scheduled. */
const LOST_AFTER_RUNS = 3;

/** Tasks of another configuration that one check removes; the next check removes more. */
const MAX_REMOVED = 100;

/** Keeps exactly these tasks in the queue's schedule, each running once at a time across all workers. */
export function keepSchedule(queue: Queue, tasks: Readonly<Record<string, Upkeep>>): { close(): void } {
  let looking = false;
  const look = async () => {
    // While Redis is unavailable the previous check is still waiting.
    if (looking) return;
    looking = true;
    try {
      await queue.setGlobalConcurrency(1);
      for (const { key } of await queue.getJobSchedulers(0, MAX_REMOVED - 1))
        if (!Object.hasOwn(tasks, key)) await queue.removeJobScheduler(key);
      for (const [task, { everyMs }] of Object.entries(tasks)) {
        const known = await queue.getJobScheduler(task);
        const lost = known?.next !== undefined && known.next + LOST_AFTER_RUNS * everyMs < Date.now();
        // Rewriting it each time would postpone the next run each time.
        if (known?.every === everyMs && !lost) continue;
        await queue.upsertJobScheduler(
          task,
          { every: everyMs },
          { name: task, data: { task }, opts: { removeOnComplete: KEPT, removeOnFail: KEPT } },
        );
      }
    } catch {
      // The next check tries again soon.
    } finally {
      looking = false;
    }
  };
  void look();
  const timer = setInterval(look, LOOK_MS);
  return { close: () => clearInterval(timer) };
}
