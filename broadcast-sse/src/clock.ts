/** Time, as the engine sees it: a test drives it by hand. */
export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Milliseconds since some moment, with fractions: for how long something takes. */
  elapsed(): number;
  /** Runs `work` once, after what the process has to read and answer now. */
  soon(work: () => void): void;
  /** Runs `work` once, about `ms` milliseconds from now. */
  later(ms: number, work: () => void): void;
}

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
