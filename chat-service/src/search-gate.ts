import { Turns } from '@carillon/history';
import { type Identity, Problem } from '@carillon/protocol';

/** Concurrent searches of this process: each takes a connection of the store, and posts need some too. */
const AT_ONCE = 2;

/** Most searches that wait. A search takes some 10 ms, so the last one waits about half a second. */
const MAX_WAITING = 100;

/** A search that waited longer is not started, ms: the person has given up. */
const PATIENCE_MS = 5_000;

/** Most running and waiting searches of one person: what a page sends while you type, in two tabs. */
const MAX_OF_ONE = 4;

/** Most running and waiting searches of all callers without a session together, so that people with one still get theirs. */
const MAX_OF_STRANGERS = MAX_WAITING / 2;

const RETRY_AFTER = 1;

/** Runs a few searches at a time. */
export interface SearchGate {
  /** Runs `work` and returns its result. Throws the problem `rate_limited` if too many searches wait, or too many of the caller's own. */
  take<T>(caller: Identity, work: () => Promise<T>): Promise<T>;
}

/** Creates a gate: a bounded number of searches run, a bounded number wait, and each person has a share of both. */
export function createSearchGate(): SearchGate {
  const turns = new Turns({
    atOnce: AT_ONCE,
    waiting: MAX_WAITING,
    patienceMs: PATIENCE_MS,
    refusal: () => tooMany('Too many searches are in progress.'),
  });
  const underway = new Map<string, number>();
  return {
    async take({ kind, author }, work) {
      const most = kind === 'anonymous' ? MAX_OF_STRANGERS : MAX_OF_ONE;
      const others = underway.get(author.id) ?? 0;
      if (others >= most) throw tooMany('Too many of your searches are in progress.');
      underway.set(author.id, others + 1);
      try {
        return await turns.take(work);
      } finally {
        const left = (underway.get(author.id) ?? 1) - 1;
        if (left === 0) underway.delete(author.id);
        else underway.set(author.id, left);
      }
    },
  };
}

const tooMany = (detail: string) => new Problem('rate_limited', detail, { retryAfter: RETRY_AFTER });
