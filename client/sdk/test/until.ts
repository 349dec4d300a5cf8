/** Asks again every few milliseconds until `holds` gives something true; throws after `ms`. */
export async function until<T>(holds: () => T | undefined | false, ms = 30_000): Promise<T> {
  const deadline = Date.now() + ms;
  for (;;) {
    const value = holds();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`did not hold within ${ms} ms: ${holds}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
