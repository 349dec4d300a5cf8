import type { Clock } from './clock.ts';

/**
 * Streams visited before the process does other work (new connections, posts, health checks, metrics): at 10 to
 * 20 us a write this is 5 to 10 ms.
 */
export const SLICE_VISITS = 500;

/** Visits all items, and lets the process do other work after each {@link SLICE_VISITS}. Resolves after the last visit. */
export async function inSlices<T>(items: Iterable<T>, clock: Clock, visit: (item: T) => void): Promise<void> {
  let visits = 0;
  for (const item of items) {
    visit(item);
    visits += 1;
    if (visits % SLICE_VISITS === 0) await nextTurn(clock);
  }
}

/** Resolves after what the process has to read and answer now. */
export function nextTurn(clock: Clock): Promise<void> {
  return new Promise((resolve) => clock.soon(resolve));
}
