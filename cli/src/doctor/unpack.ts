import type { Transform } from 'node:stream';
import {
  constants,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createZstdDecompress,
} from 'node:zlib';

/** Flushes output at once: a decompressor that waits for more data would look like a proxy that does. */
const AT_ONCE = { flush: constants.Z_SYNC_FLUSH, finishFlush: constants.Z_SYNC_FLUSH };

const UNPACKERS: Readonly<Record<string, () => Transform>> = {
  gzip: () => createGunzip(AT_ONCE),
  'x-gzip': () => createGunzip(AT_ONCE),
  deflate: () => createInflate(AT_ONCE),
  br: () => createBrotliDecompress({ flush: constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => createZstdDecompress({ flush: constants.ZSTD_e_flush }),
};

/** The decompressor for this `Content-Encoding`; undefined if there is none, or it is unknown. */
export function unpackerOf(coding: string | undefined): Transform | undefined {
  return UNPACKERS[coding?.toLowerCase() ?? '']?.();
}

/** Whether a response with this `Content-Encoding` is compressed. */
export function isPacked(coding: string | undefined): coding is string {
  return coding !== undefined && coding.toLowerCase() !== 'identity';
}
