/**
 * Server-sent events as bytes on the wire (WHATWG HTML, 9.2.5 "Parsing an event stream"). Pure text; the fan-out
 * engine encodes each frame once and shares the bytes.
 */

import type { EventLine } from './stream-event.ts';

/** One SSE block. `data` may hold any text: each of its lines becomes a `data:` line. */
export interface Frame {
  event?: string;
  id?: string;
  /** Milliseconds after which a cut client comes back. */
  retry?: number;
  data?: string;
}

/**
 * Writes one block, its closing empty line included. The id comes last: clients that take it as soon as they have read it would else
 * lose an event that is cut off in the middle. A line break of any of the three kinds in `data` comes out
 * of a parser as `\n`; what has to survive exactly is sent as JSON, whose text has none.
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
 * What comes in place of a block's closing empty line, so that the block has an id. A block of an id alone there is nowhere: many
 * clients do not take it, and others hand an event without data to their program.
 */
export function idEnd(id: string): string {
  return `id: ${id}\n\n`;
}

/** What is sent has a name of the list; a message has none. */
interface JsonBlock extends Omit<Frame, 'data'> {
  event?: EventLine;
}

/** Ends of lines that no SSE parser knows, and that clients take for such who read line by line with what their language has for text. */
const OTHER_LINE_ENDS = /[\u0085\u2028\u2029]/g;

/** A block whose data is `value` as JSON: one line for every reader, whatever text is in it. */
export function jsonFrame(block: JsonBlock, value: unknown): string {
  const json = JSON.stringify(value).replace(
    OTHER_LINE_ENDS,
    (end) => `\\u${end.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return frame({ ...block, data: json });
}
