/**
 * How the batches of a topic are decompressed. Carillon writes them as they are; a broker or topic whose
 * `compression.type` is another than `producer` packs them anew. What Node can unpack is read; the rest fails with the reason,
 * and the batch is passed over (kafka-records.ts).
 */
import { promisify } from 'node:util';
import { gunzip, gzip, zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';

/**
 * Bytes of one batch, unpacked. Ours have {@link MAX_ENVELOPE_BYTES} at most; a topic bounds what it stores and not what comes of it,
 * so others could write a few bytes that become gigabytes.
 */
export const MAX_UNPACKED_BYTES = 16 * 1024 * 1024;

// Node finds no names for them in kafkajs that a module could import.
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
  throw new Error(`${name} is not read here: deploy/kafka/create-topics sets compression.type=producer`);
}
