import { performance } from 'node:perf_hooks';
import type { Log } from '@carillon/runtime';
import { type Check, LIMIT_MS, NotWell, type Result, type Unconfigured } from './check.ts';
import { reasonOf } from './reason.ts';

/** Requests within this time after a round get its results, ms: however many come, there is one round a second. */
const FRESH_MS = 1_000;

/**
 * Returns a function that runs the checks: all in parallel, each within its time limit. There is one round at a time, and concurrent
 * callers share its results. It never rejects. `list` is called at the first round. A check that still runs from the round before is
 * not started a second time.
 */
export function createRounds(
  list: () => readonly (Check | Unconfigured)[],
  log: Log,
): () => Promise<Result[]> {
  let runs: (() => Promise<Result>)[] | undefined;
  let round: Promise<Result[]> | undefined;
  return () => {
    runs ??= list().map((check) => ('run' in check ? watched(check, log) : async () => unconfigured(check)));
    round ??= Promise.all(runs.map((run) => run())).finally(() => {
      setTimeout(() => {
        round = undefined;
      }, FRESH_MS).unref();
    });
    return round;
  };
}

function unconfigured({ name, title, notConfigured }: Unconfigured): Result {
  return { name, title, status: 'not-configured', detail: notConfigured, ms: 0 };
}

/** A check that never throws, never takes longer than its limit, and logs when its result changes. */
function watched({ name, title, run, limitMs = LIMIT_MS }: Check, log: Log): () => Promise<Result> {
  let underway: Promise<string> | undefined;
  let wasWell = true;

  const start = () => {
    underway ??= run(AbortSignal.timeout(limitMs)).finally(() => {
      underway = undefined;
    });
    return underway;
  };

  return async () => {
    const started = performance.now();
    const result = (status: Result['status'], detail: string): Result => {
      return { name, title, status, detail, ms: Math.round(performance.now() - started) };
    };
    try {
      const found = result('ok', await within(limitMs, start()));
      if (!wasWell) log.info({ check: name }, 'a check passes again');
      wasWell = true;
      return found;
    } catch (err) {
      if (wasWell) log.warn({ err, check: name }, 'a check has failed');
      wasWell = false;
      return result('failed', reasonOf(err));
    }
  };
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new NotWell(`does not answer: no response within ${limitMs / 1_000} s`);
    timer = setTimeout(reject, limitMs, error);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
