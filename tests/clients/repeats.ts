import type { Passed } from './cutting-proxy.ts';

/** What the cuts of a trial make a client see again. */
export interface Repeats {
  /** Messages that come again although the client came back with the last id that it had: on a stream of several channels those behind the last id. */
  inevitable: number;
  /** All messages that went through whole once more. */
  onTheWire: number;
  /** How often it came back with another cursor. */
  otherCursors: number;
}

/** Follows a client over its streams, by what went through whole (WHATWG HTML, 9.2.6). */
export function repeatsOf(streams: readonly Passed[]): Repeats {
  let id: string | undefined;
  let behind = 0;
  const repeats = { inevitable: 0, onTheWire: 0, otherCursors: 0 };
  const seen = new Set<string>();
  for (const { cursor, blocks } of streams) {
    repeats.inevitable += behind;
    behind = 0;
    if (cursor !== id) repeats.otherCursors += 1;
    id = cursor;
    for (const block of blocks) {
      if (block.message !== undefined) {
        const name = `${block.message.channel} ${block.message.seq}`;
        if (seen.has(name)) repeats.onTheWire += 1;
        seen.add(name);
        behind += 1;
      }
      if (block.id === undefined) continue;
      id = block.id;
      behind = 0;
    }
  }
  return repeats;
}
