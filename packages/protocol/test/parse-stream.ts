import { createParser, type EventSourceMessage } from 'eventsource-parser';

/** The events that an independent parser finds in a stream of bytes, fed in the pieces that `cuts` (0 to 1) make. */
export function parseBytes(stream: string, cuts: readonly number[] = []): EventSourceMessage[] {
  const bytes = new TextEncoder().encode(stream);
  const decoder = new TextDecoder();
  return parsePieces(bytes, cuts, (piece) => decoder.decode(piece, { stream: true }));
}

/** The same for a stream of characters: a cut may fall inside a surrogate pair. */
export function parseText(stream: string, cuts: readonly number[] = []): EventSourceMessage[] {
  return parsePieces(stream, cuts, (piece) => piece);
}

function parsePieces<T extends { length: number; slice(from: number, to: number): T }>(
  whole: T,
  cuts: readonly number[],
  decode: (piece: T) => string,
): EventSourceMessage[] {
  const events: EventSourceMessage[] = [];
  const parser = createParser({
    onEvent: (event) => events.push(event),
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
  return events;
}
