import { MAX_ENVELOPE_BYTES } from './envelope.ts';

/** Size of a record besides its key and value, bytes: seven numbers, one to five bytes each if small. */
const RECORD_HEADER_BYTES = 32;

/** Estimated size of a record in a batch, bytes; never too small. */
export function bytesOfRecord(key: string, value: string): number {
  return RECORD_HEADER_BYTES + Buffer.byteLength(key) + Buffer.byteLength(value);
}

/**
 * How many records fit into one request of `maxBytes`, at least one: a topic limits the bytes of a batch as those of a
 * message.
 */
export function countOfBatch(queue: readonly { bytes: number }[], maxBytes = MAX_ENVELOPE_BYTES): number {
  let bytes = 0;
  const end = queue.findIndex((each, index) => {
    bytes += each.bytes;
    return index > 0 && bytes > maxBytes;
  });
  return end < 0 ? queue.length : end;
}
