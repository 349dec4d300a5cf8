import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** All that a stream says. */
export interface Seen {
  events: EventSourceMessage[];
  comments: string[];
  retries: number[];
}

/** The events that an independent parser finds in a stream of bytes, fed in the pieces that `cuts` (0 to 1) make. */
export function parseBytes(stream: string, cuts: readonly number[] = []): EventSourceMessage[] {
  const decoder = new TextDecoder();
  const bytes = new TextEncoder().encode(stream);
  return parsePieces(bytes, cuts, (piece) => decoder.decode(piece, { stream: true })).events;
}

/** The same for a stream of characters: a cut may fall inside a surrogate pair. */
export function parseText(stream: string, cuts: readonly number[] = []): EventSourceMessage[] {
  return parseStream(stream, cuts).events;
}

/** The same, with all else that is in the stream. */
export function parseStream(stream: string, cuts: readonly number[] = []): Seen {
  return parsePieces(stream, cuts, (piece) => piece);
}

function parsePieces<T extends { length: number; slice(from: number, to: number): T }>(
  whole: T,
  cuts: readonly number[],
  decode: (piece: T) => string,
): Seen {
  const seen: Seen = { events: [], comments: [], retries: [] };
  const parser = createParser({
    onEvent: (event) => seen.events.push(event),
    onComment: (text) => seen.comments.push(text),
    onRetry: (retry) => seen.retries.push(retry),
    onError: (error) => {
      throw error;
    },
  });
  const places = cuts.map((cut) => Math.floor(cut * whole.length)).sort((a, b) => a - b);
  let from = 0;
  for (const to of [...places, whole.length]) {
    parser.feed(decode(whole.slice(from, to)));
    from = to;
  }
  return seen;
}
