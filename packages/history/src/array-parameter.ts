/**
 * Arrays as parameters, in PostgreSQL's binary format (array_recv in its source): nothing needs escaping, and it is
 * cheaper than text.
 */

const TEXT = 25;
const INT8 = 20;

/** Dimensions, whether there are nulls, type of the elements, then the length and the first index: int32 each. */
const HEADER_BYTES = 20;

const NULL_LENGTH = -1;

/** A `text[]`; undefined becomes null. */
export function textArray(values: readonly (string | undefined)[]): Buffer {
  let bytes = HEADER_BYTES;
  for (const value of values) bytes += 4 + (value === undefined ? 0 : Buffer.byteLength(value));
  const buffer = Buffer.allocUnsafe(bytes);
  let offset = writeHeader(buffer, TEXT, values.length);
  for (const value of values) {
    const length = value === undefined ? NULL_LENGTH : buffer.write(value, offset + 4);
    buffer.writeInt32BE(length, offset);
    offset += 4 + Math.max(0, length);
  }
  return buffer;
}

/** An `int8[]` of safe integers; undefined becomes null. */
export function int8Array(values: readonly (number | undefined)[]): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + values.length * 12);
  let offset = writeHeader(buffer, INT8, values.length);
  for (const value of values) {
    if (value === undefined) {
      offset = buffer.writeInt32BE(NULL_LENGTH, offset);
    } else {
      offset = buffer.writeInt32BE(8, offset);
      offset = buffer.writeInt32BE(Math.floor(value / 2 ** 32), offset);
      offset = buffer.writeUInt32BE(value >>> 0, offset);
    }
  }
  return buffer.subarray(0, offset);
}

function writeHeader(buffer: Buffer, type: number, length: number): number {
  for (const [index, field] of [1, 1, type, length, 1].entries()) buffer.writeInt32BE(field, index * 4);
  return HEADER_BYTES;
}
