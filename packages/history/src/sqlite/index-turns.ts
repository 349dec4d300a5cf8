import type { Indexed, Search } from '../search.ts';
import type { Unindexed } from './indexing.ts';

/** Events indexed in one turn, over its channels. */
const EVENTS_PER_TURN = 256;

/**
 * Indexes new events turn by turn, as Search.index says.
 *
 * @param read reads the next events of channels after an id; `put` writes them into the index.
 * @param commits counts commits to logs, so that an idle store is not queried.
 */
export function indexInTurns(
  read: (after: number, events: number) => Promise<Unindexed>,
  put: (read: Unindexed) => Promise<Omit<Indexed, 'more'>>,
  commits: { count: number },
): Search['index'] {
  /** Channels take turns: the next turn begins after this id. */
  let after = 0;
  /** The number of commits when everything was indexed. */
  let indexedAt = -1;
  /** Turns run one after the other: two would read the same events. */
  let turn: Promise<unknown> = Promise.resolve();

  async function index(events: number): Promise<Indexed> {
    const { count } = commits;
    if (indexedAt === count) return { messages: 0, behind: 0, more: false };
    const found = await read(after, events);
    after = found.next;
    if (found.ranges.length === 0) {
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
