import { Turns } from '@carillon/history';
import { type Identity, Problem } from '@carillon/protocol';

/** Searches of this process at one time: each takes a connection of the store, of which posts need some too. */
const AT_ONCE = 2;

/** Searches that wait. A search takes some 10 ms, so the last one waits for half a second or so. */
const MAX_WAITING = 100;

/** A search that waited longer is not begun, ms: a person has given up. */
const PATIENCE_MS = 5_000;

/** Of those under way and waiting, those of one person: what a page asks for while somebody types, in two tabs. */
const MAX_OF_ONE = 4;

/** Those of all who have no session together: they leave as much to people. */
const MAX_OF_STRANGERS = MAX_WAITING / 2;

const RETRY_AFTER = 1;

/** Lets searches through a few at a time. */
export interface SearchGate {
  /** Gives what `work` gives. Throws the problem `rate_limited` where too many wait, or too many of the caller's own. */
  take<T>(caller: Identity, work: () => Promise<T>): Promise<T>;
}

/** Lets a bounded number of searches run, and a bounded number wait, of which each person has a share. */
export function createSearchGate(): SearchGate {
  const turns = new Turns({
    atOnce: AT_ONCE,
    waiting: MAX_WAITING,
    patienceMs: PATIENCE_MS,
    refusal: () => tooMany('Too many searches are under way.'),
  });
  const underway = new Map<string, number>();
  return {
    async take({ kind, author }, work) {
      const most = kind === 'anonymous' ? MAX_OF_STRANGERS : MAX_OF_ONE;
      const others = underway.get(author.id) ?? 0;
      if (others >= most) throw tooMany('Too many searches of yours are under way.');
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
