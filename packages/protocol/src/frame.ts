/**
 * Server-sent events as bytes on the wire (WHATWG HTML, 9.2.5 "Parsing an event stream"). Pure text; the fan-out engine
 * encodes each frame once and shares the bytes.
 */

import type { EventLine } from './stream-event.ts';

/** One SSE block. `data` may be any text: each of its lines becomes a `data:` line. */
export interface Frame {
  event?: string;
  id?: string;
  /** Milliseconds after which a disconnected client reconnects. */
  retry?: number;
  data?: string;
}

/**
 * Formats one block, including its closing empty line. The id comes last: clients that take it as soon as they have
 * read it would otherwise lose an event that is cut in the middle. Parsers return every kind of line break in `data` as
 * `\n`; text that must survive exactly is sent as JSON, which has no raw line breaks.
 */
export function frame({ event, id, retry, data }: Frame): string {
  let block = '';
  if (event !== undefined) block += `event: ${event}\n`;
  if (retry !== undefined) block += `retry: ${retry}\n`;
  if (data !== undefined) for (const line of data.split(/\r\n|\r|\n/)) block += `data: ${line}\n`;
  if (id !== undefined) block += `id: ${id}\n`;
  return `${block}\n`;
}

/** Bytes of the empty line that closes a block. */
export const BLOCK_END_BYTES = 1;

/**
 * Replaces a block's closing empty line to give the block an id. A separate block with only an id is not an option:
 * many clients ignore it, and others hand an event without data to their program.
 */
export function idEnd(id: string): string {
  return `id: ${id}\n\n`;
}

/** Events have a name from the list; a message has none. */
interface JsonBlock extends Omit<Frame, 'data'> {
  event?: EventLine;
}

/**
 * Line ends that no SSE parser knows, but that some clients split at, because they read lines with their language's
 * text functions.
 */
const OTHER_LINE_ENDS = /[\u0085\u2028\u2029]/g;

/** A block whose data is `value` as JSON: one line for every reader, whatever text it contains. */
export function jsonFrame(block: JsonBlock, value: unknown): string {
  const json = JSON.stringify(value).replace(
    OTHER_LINE_ENDS,
    (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return frame({ ...block, data: json });
}
