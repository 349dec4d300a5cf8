/** Polls until `check` gives something true; fails after `withinMs` with what it was waiting for. */
export async function eventually<Found>(
  what: string,
  check: () => Found | Promise<Found>,
  withinMs = 10_000,
): Promise<Found> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const found = await check();
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`still waiting for ${what} after ${withinMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
