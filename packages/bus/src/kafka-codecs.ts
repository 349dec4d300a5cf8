/**
 * How the batches of a topic are decompressed. Carillon writes them uncompressed; a broker or topic whose
 * `compression.type` is not `producer` recompresses them. Codecs that Node supports are read; others fail with the
 * reason, and the batch is skipped (kafka-records.ts).
 */
import { promisify } from 'node:util';
import { gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';

/**
 * Limit of one decompressed batch, bytes. Ours have at most {@link MAX_ENVELOPE_BYTES}; a topic limits the stored size
 * and not the decompressed size, so other producers could write a few bytes that expand to gigabytes.
 */
export const MAX_UNPACKED_BYTES = 16 * 1024 * 1024;

// An ES module cannot import them from kafkajs by name.
const { CompressionCodecs, CompressionTypes } = kafkajs;

const BOUND = { maxOutputLength: MAX_UNPACKED_BYTES };

const [packGzip, unpackGzip, packZstd, unpackZstd] = [
  promisify(gzip),
  promisify<Buffer, typeof BOUND, Buffer>(gunzip),
  promisify(zstdCompress),
  promisify<Buffer, typeof BOUND, Buffer>(zstdDecompress),
];

CompressionCodecs[CompressionTypes.GZIP] = () => ({
  compress: ({ buffer }: { buffer: Buffer }) => packGzip(buffer),
  decompress: (buffer: Buffer) => unpackGzip(buffer, BOUND),
});
CompressionCodecs[CompressionTypes.ZSTD] = () => ({
  compress: ({ buffer }: { buffer: Buffer }) => packZstd(buffer),
  decompress: (buffer: Buffer) => unpackZstd(buffer, BOUND),
});
CompressionCodecs[CompressionTypes.Snappy] = () => unknown('snappy');
CompressionCodecs[CompressionTypes.LZ4] = () => unknown('lz4');

function unknown(name: string): never {
  throw new Error(
    `batches compressed with ${name} cannot be read: run deploy/kafka/create-topics, which sets compression.type=producer`,
  );
}
