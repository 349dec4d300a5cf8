/** Time and timers of the engine: a test drives them by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since an arbitrary moment, with fractions, to measure how long something takes. */
  elapsed(): number;
  /** Runs `work` once, after the reads and answers that are due now. */
  soon(work: () => void): void;
  /** Runs `work` once, about `ms` milliseconds from now. */
  later(ms: number, work: () => void): void;
}

/** The clock and timers of the process. */
export const systemClock: Clock = {
  now: Date.now,
  elapsed: () => performance.now(),
  soon: (work) => {
    setImmediate(work);
  },
  later: (ms, work) => {
    setTimeout(work, ms).unref();
  },
};
