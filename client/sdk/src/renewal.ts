/** Of the time a stream has, this share is left when the next is opened; of a long one, a minute is enough. */
const LEAD_SHARE = 0.2;
const MAX_LEAD_MS = 60_000;

/** What timers hold, milliseconds. */
const MAX_TIMER_MS = 2 ** 31 - 1;

/** When to try again where the next stream was not to be had: a share of the time that is left, but not at once. */
const MIN_AGAIN_MS = 1_000;

export interface Renewal {
  /** A stream has begun, which ends at `expiresAt`; both of the server's clock, ISO 8601. */
  begins(now: string, expiresAt: string | undefined): void;
  stop(): void;
}

/**
 * Tells when a stream that will expire is to be replaced. Half of the lead is left to chance, so that those who signed in
 * together do not come back together. A stream that lasts no longer than the one before it is not replaced: there is no
 * better token to open one with.
 */
export function createRenewal(replace: () => void): Renewal {
  let timer: ReturnType<typeof setTimeout> | undefined;
  /** Ends that a replacement was asked for, by the server's clock: the latest of them. */
  let replaced = 0;

  function replaceIn(ms: number, end: number, localEnd: number): void {
    clearTimeout(timer);
    timer = setTimeout(
      () => {
        const left = localEnd - Date.now();
        if (left > MIN_AGAIN_MS) replaceIn(Math.max(MIN_AGAIN_MS, left / 2), end, localEnd);
        replaced = end;
        replace();
      },
      Math.min(ms, MAX_TIMER_MS),
    );
  }

  return {
    begins(now, expiresAt) {
      clearTimeout(timer);
      const end = Date.parse(expiresAt ?? '');
      // Not a number where it never ends.
      if (!(end > replaced)) return;
      const lasts = end - Date.parse(now);
      const lead = Math.min(lasts * LEAD_SHARE, MAX_LEAD_MS) * (0.5 + Math.random() / 2);
      replaceIn(lasts - lead, end, Date.now() + lasts);
    },
    stop: () => clearTimeout(timer),
  };
}
