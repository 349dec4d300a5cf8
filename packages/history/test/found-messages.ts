import type { History, SearchCursor } from '../src/index.ts';
import { readQuery } from '../src/index.ts';

/** Every message that a search gives, over all its pages. */
export async function found(history: History, q: string): Promise<string[]> {
  const seen: string[] = [];
  let cursor: SearchCursor | undefined;
  do {
    const scope = { subscribe: ['*'], person: undefined, moderate: [] };
    const page = await history.search.find({ query: readQuery(q), scope, limit: 200, cursor });
    seen.push(...page.hits.map(({ message }) => `${message.channel} ${message.seq}`));
    cursor = page.next;
  } while (cursor !== undefined);
  return seen;
}
