/** How long to wait between attempts, milliseconds. */
export interface Backoff {
  /** The first wait; each next one is twice as long. */
  baseMs: number;
  maxMs: number;
}

/** A second, so that a server that restarts is found soon; a quarter of a minute, so that one that is away is left in peace. */
export const DEFAULT_BACKOFF: Backoff = { baseMs: 1_000, maxMs: 15_000 };

/** The wait before attempt `attempt` (0 for the first repeat), with half of it left to chance, so that a crowd does not return as one. */
export function backoffMs({ baseMs, maxMs }: Backoff, attempt: number): number {
  return Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30)) * (0.5 + Math.random() / 2);
}

/** Waits; less where the browser says that the network is back. Rejects with the signal's reason when it aborts. */
export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = new AbortController();
    const end = (settle: () => void) => () => {
      clearTimeout(timer);
      stop.abort();
      settle();
    };
    const timer = setTimeout(end(resolve), ms);
    const once = { once: true, signal: stop.signal };
    globalThis.addEventListener?.('online', end(resolve), once);
    signal?.addEventListener(
      'abort',
      end(() => reject(signal.reason)),
      once,
    );
    if (signal?.aborted) end(() => reject(signal.reason))();
  });
}
