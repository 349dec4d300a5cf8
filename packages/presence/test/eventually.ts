import { setTimeout as sleep } from 'node:timers/promises';

/** Waits until `attempt` neither throws nor gives false; throws what it threw last where that takes too long. */
export async function eventually(attempt: () => unknown, withinMs = 15_000): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      if ((await attempt()) !== false) return;
      if (performance.now() > deadline) throw new Error('it did not come true');
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await sleep(50);
  }
}
