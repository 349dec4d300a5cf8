import { BLOCK_END_BYTES } from '@carillon/protocol';

/**
 * HTTP's chunked coding (RFC 9112, 7.1). A stream goes out in chunks, so that a client can tell a cut from an end. Each event
 * is a chunk of its own, in the log as well: the bytes stay shared, and a write adds no head of its own.
 */

const CRLF = '\r\n';
const CR = 0x0d;

/** Ends a stream that is over for good: a client that does not get it was cut, and reconnects. */
export const LAST_CHUNK = Buffer.from(`0${CRLF}${CRLF}`);

/** A chunk with this text, which must not be empty: an empty chunk is the last. */
export function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}${CRLF}${text}${CRLF}`;
}

/** An SSE block whose end is a chunk of its own, {@link BLOCK_END_CHUNK_BYTES} long, so that another end can replace it. */
export function openChunks(block: string): string {
  return chunk(block.slice(0, -BLOCK_END_BYTES)) + chunk(block.slice(-BLOCK_END_BYTES));
}

export const BLOCK_END_CHUNK_BYTES = chunk(' '.repeat(BLOCK_END_BYTES)).length;

/**
 * The content of whole chunks, for a reader that knows only HTTP/1.0. Readers at the same cursor get the same bytes, so the
 * result is kept for as long as the bytes are.
 */
export function withoutChunks(bytes: Buffer): Buffer {
  let plain = unpacked.get(bytes);
  if (plain === undefined) {
    plain = unpack(bytes);
    unpacked.set(bytes, plain);
  }
  return plain;
}

const unpacked = new WeakMap<Buffer, Buffer>();

function unpack(bytes: Buffer): Buffer {
  const plain = Buffer.allocUnsafeSlow(bytes.length);
  let used = 0;
  for (let at = 0; at < bytes.length; ) {
    const headEnd = bytes.indexOf(CR, at);
    const length = Number.parseInt(bytes.toString('latin1', at, headEnd), 16);
    const start = headEnd + CRLF.length;
    used += bytes.copy(plain, used, start, start + length);
    at = start + length + CRLF.length;
  }
  return plain.subarray(0, used);
}
