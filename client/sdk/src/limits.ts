/**
 * The protocol's limits, said again: `@carillon/protocol` holds them in zod schemas, which would make a page's
 * bundle several times as big. A test holds the two equal.
 */

/** What a channel may be called. */
export const CHANNEL_PATTERN = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/** Characters of a display name. */
export const MAX_NAME_LENGTH = 64;

/** Bytes of a post's whole request, 64 KiB. */
export const MAX_REQUEST_BYTES = 64 * 1024;

/** Whether a post of `body` is small enough for the server; counted as it is sent, as UTF-8 in JSON. */
export function bodyFits(body: string): boolean {
  // JSON writes a character as six bytes at most, so what is short needs no counting.
  if (body.length * 6 + ENVELOPE_BYTES <= MAX_REQUEST_BYTES) return true;
  return new TextEncoder().encode(JSON.stringify(body)).length + ENVELOPE_BYTES <= MAX_REQUEST_BYTES;
}

/** `{"body":,"replyTo":9007199254740991}` and some to spare. */
const ENVELOPE_BYTES = 64;
