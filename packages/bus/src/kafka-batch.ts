import { MAX_ENVELOPE_BYTES } from './envelope.ts';

/** What a record has beside its key and value, bytes: seven numbers, of one to five bytes each as small ones are. */
const RECORD_HEADER_BYTES = 32;

/** How long a record is in a batch, bytes; rather too much than too little. */
export function bytesOfRecord(key: string, value: string): number {
  return RECORD_HEADER_BYTES + Buffer.byteLength(key) + Buffer.byteLength(value);
}

/** How many go in one request of `maxBytes`, at least one: a topic bounds the bytes of a batch as it does those of a message. */
export function countOfBatch(queue: readonly { bytes: number }[], maxBytes = MAX_ENVELOPE_BYTES): number {
  let bytes = 0;
  const end = queue.findIndex((each, index) => {
    bytes += each.bytes;
    return index > 0 && bytes > maxBytes;
  });
  return end < 0 ? queue.length : end;
}
