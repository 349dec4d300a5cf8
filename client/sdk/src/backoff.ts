/** How long to wait between attempts, milliseconds. */
export interface Backoff {
  /** The first wait; each next one is twice as long. */
  baseMs: number;
  maxMs: number;
}

/** A second, so that a server that restarts is found soon; five, so that a person is not left waiting when one is back. */
export const DEFAULT_BACKOFF: Backoff = { baseMs: 1_000, maxMs: 5_000 };

/** A server may ask for a much longer wait. It is asked again sooner: whatever said so may be gone. A limit's minute is over by then. */
export const MAX_ASKED_MS = 60_000;

/** The wait that a server asked for with `retryAfter` seconds, as far as it is kept to, milliseconds. */
export function askedMs(retryAfter: number | undefined): number {
  return Math.min((retryAfter ?? 0) * 1_000, MAX_ASKED_MS);
}

/** The wait before attempt `attempt` (0 for the first repeat), with half of it left to chance, so that a crowd does not return as one. */
export function backoffMs({ baseMs, maxMs }: Backoff, attempt: number): number {
  return Math.min(maxMs, baseMs * 2 ** Math.min(attempt, 30)) * (0.5 + Math.random() / 2);
}

/** Waits. An `online` event of one of `wakers` ends it early; when the signal aborts, it rejects with its reason. */
export function pause(ms: number, wakers: readonly EventTarget[], signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = new AbortController();
    const end = (settle: () => void) => () => {
      clearTimeout(timer);
      stop.abort();
      settle();
    };
    const abort = end(() => reject(signal?.reason));
    const timer = setTimeout(end(resolve), ms);
    const once = { once: true, signal: stop.signal };
    for (const waker of wakers) waker.addEventListener('online', end(resolve), once);
    signal?.addEventListener('abort', abort, once);
    if (signal?.aborted) abort();
  });
}
