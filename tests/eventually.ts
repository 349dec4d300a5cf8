import { setTimeout as sleep } from 'node:timers/promises';

/** A crowded machine takes seconds for what takes milliseconds. */
const WITHIN_MS = 60_000;
const INTERVAL_MS = 20;

/** Polls until `check` returns something true. Throws after `withinMs`, saying what it was waiting for. */
export async function eventually<Found>(
  what: string,
  check: () => Found | Promise<Found>,
  withinMs = WITHIN_MS,
): Promise<Found> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (performance.now() > deadline) throw new Error(`still waiting for ${what} after ${withinMs} ms`);
    await sleep(INTERVAL_MS);
  }
}

/** Polls until `attempt` neither throws nor returns false. If that takes too long, throws the last error. */
export async function eventuallyHolds(attempt: () => unknown, withinMs = WITHIN_MS): Promise<void> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    try {
      if ((await attempt()) !== false) return;
      if (performance.now() > deadline) throw new Error('it did not come true');
    } catch (error) {
      if (performance.now() > deadline) throw error;
    }
    await sleep(INTERVAL_MS);
  }
}
