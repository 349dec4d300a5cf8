/**
 * The cursor: a subscriber's position, as the opaque text that is an SSE event's id.
 * - one channel: `<epoch>.<seq>`
 * - several: `<epoch>.<digest>.<seq>,<seq>,…`, the seqs in the sorted order of the stream's channels.
 *
 * The digest is computed over the names of the channels, so that a cursor is never applied to another list. The names
 * themselves are left out: with them a hundred channels would not fit in a header.
 */
import { MAX_CHANNELS_PER_STREAM } from './channel.ts';

/** Proxies refuse headers over 4 or 8 KiB; half of the smaller limit leaves room for the rest. */
export const MAX_CURSOR_LENGTH = 2048;

/** The store's identity; a rebuilt store has another epoch, which invalidates every cursor of the old one. */
export const EPOCH_PATTERN = /^[a-z0-9]{1,16}$/;

/** Positions by channel: each the seq of the last event received, 0 for none. */
export type Positions = ReadonlyMap<string, number>;

export type ParsedCursor =
  | { ok: true; positions: Positions }
  /** `epoch`: from another store. `channels`: for another list of channels. `unreadable`: not a cursor of Carillon. */
  | { ok: false; reason: 'epoch' | 'channels' | 'unreadable' };

/** Formats the cursor of a stream on one channel. `seq` is the last event received, 0 for none. */
export function formatCursor(epoch: string, seq: number): string {
  return `${epoch}.${seq}`;
}

/** Formats the cursor of a stream on several channels; their order does not matter. */
export function formatCursors(epoch: string, positions: Positions): string {
  const channels = [...positions.keys()].sort();
  const seqs = channels.map((channel) => positions.get(channel));
  return cursorPrefix(epoch, channels) + seqs.join(',');
}

/**
 * The beginning of a cursor of several channels (sorted names): it stays the same while the comma-separated seqs after
 * it change.
 */
export function cursorPrefix(epoch: string, sorted: readonly string[]): string {
  return `${epoch}.${digest(sorted)}.`;
}

/**
 * Parses a cursor for a stream on `channels` of the store `epoch`. Accepts any text and never throws: an invalid cursor
 * gives a reason, which the stream reports in a `reset`.
 */
export function parseCursor(text: string, epoch: string, channels: readonly string[]): ParsedCursor {
  if (text.length > MAX_CURSOR_LENGTH) return { ok: false, reason: 'unreadable' };
  const parts = text.split('.');
  const [found, second, third] = parts;
  if (found === undefined || second === undefined || parts.length > 3 || !EPOCH_PATTERN.test(found)) {
    return { ok: false, reason: 'unreadable' };
  }
  const seqs = parseSeqs(third ?? second);
  if (seqs === undefined || (third === undefined && seqs.length !== 1))
    return { ok: false, reason: 'unreadable' };
  if (third !== undefined && !DIGEST_PATTERN.test(second)) return { ok: false, reason: 'unreadable' };
  if (found !== epoch) return { ok: false, reason: 'epoch' };
  const sorted = [...channels].sort();
  const sameChannels = seqs.length === sorted.length && (third === undefined || second === digest(sorted));
  if (!sameChannels) return { ok: false, reason: 'channels' };
  return { ok: true, positions: new Map(sorted.map((channel, index) => [channel, seqs[index] as number])) };
}

const SEQ_PATTERN = /^(0|[1-9][0-9]{0,15})$/;
const DIGEST_PATTERN = /^[a-z0-9]{1,11}$/;

function parseSeqs(text: string): number[] | undefined {
  const parts = text.split(',');
  if (parts.length > MAX_CHANNELS_PER_STREAM || !parts.every((part) => SEQ_PATTERN.test(part)))
    return undefined;
  const seqs = parts.map(Number);
  return seqs.every(Number.isSafeInteger) ? seqs : undefined;
}

/**
 * 53 bits of two FNV-1a hashes over the names, in base 36. It protects against applying a cursor to another list by
 * mistake, not against forgery: a forged cursor only moves its own reader.
 */
function digest(sorted: readonly string[]): string {
  let low = 0x811c9dc5;
  let high = 0xcbf29ce4;
  for (const character of sorted.join(',')) {
    const code = character.charCodeAt(0);
    low = Math.imul(low ^ code, 0x01000193) >>> 0;
    high = Math.imul(high ^ code, 0x01000197) >>> 0;
  }
  return ((high & 0x1fffff) * 2 ** 32 + low).toString(36);
}
