import type { Indexed, Search } from '../search.ts';
import type { Unindexed } from './indexing.ts';

/** Events indexed in one turn, over its channels. */
const EVENTS_PER_TURN = 256;

/**
 * Indexes what is not indexed, turn by turn, as Search.index says.
 *
 * @param read reads on in the logs of channels after an id; `put` puts what was read into the index.
 * @param commits counts what was committed to logs, so that a store at rest is not asked.
 */
export function indexInTurns(
  read: (after: number, events: number) => Promise<Unindexed>,
  put: (read: Unindexed) => Promise<Omit<Indexed, 'more'>>,
  commits: { count: number },
): Search['index'] {
  /** Channels take turns: the next look begins behind this one's id. */
  let after = 0;
  /** When all was indexed, by the count of commits. */
  let indexedAt = -1;
  /** One turn after the other: two would read the same. */
  let turn: Promise<unknown> = Promise.resolve();

  async function index(events: number): Promise<Indexed> {
    const { count } = commits;
    if (indexedAt === count) return { messages: 0, behind: 0, more: false };
    const found = await read(after, events);
    after = found.next;
    if (found.stretches.length === 0) {
      if (!found.more) indexedAt = count;
      return { messages: 0, behind: 0, more: found.more };
    }
    const done = await put(found);
    return { ...done, more: found.more || done.behind > 0 };
  }

  return (events = EVENTS_PER_TURN) => {
    const next = turn.then(() => index(events));
    turn = next.catch(() => {});
    return next;
  };
}
