import { Turns } from '@carillon/history';
import { Problem } from '@carillon/protocol';

/** Searches of this process at one time: each takes a connection of the store, of which posts need some too. */
const AT_ONCE = 2;

/** Searches that wait. A search takes some 10 ms, so the last one waits for half a second or so. */
const MAX_WAITING = 100;

/** A search that waited longer is not begun, ms: a person has given up. */
const PATIENCE_MS = 5_000;

const RETRY_AFTER = 1;

/** Lets a bounded number of searches run, and a bounded number wait; further ones get the problem `rate_limited` at once. */
export function createSearchGate(): Turns {
  return new Turns({
    atOnce: AT_ONCE,
    waiting: MAX_WAITING,
    patienceMs: PATIENCE_MS,
    refusal: () =>
      new Problem('rate_limited', 'Too many searches are under way.', { retryAfter: RETRY_AFTER }),
  });
}
