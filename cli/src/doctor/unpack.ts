import type { Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib';

/** Gives out what it can at once: an unpacker that waits for more would look like a proxy that does. */
const AT_ONCE = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };

const UNPACKERS: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(AT_ONCE),
  'x-gzip': () => createGunzip(AT_ONCE),
  deflate: () => createInflate(AT_ONCE),
  br: () => createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => createZstdDecompress({ flush: constants.ZSTD_e_flush }),
};

/** What unpacks an answer of this `Content-Encoding`; undefined where there is none, or one that is not known. */
export function unpackerOf(coding: string | undefined): Transform | undefined {
  return UNPACKERS[coding?.toLowerCase() ?? '']?.();
}

/** Whether an answer with this `Content-Encoding` is packed at all. */
export function isPacked(coding: string | undefined): coding is string {
  return coding !== undefined && coding.toLowerCase() !== 'identity';
}
