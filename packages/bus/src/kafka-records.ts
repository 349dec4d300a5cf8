/**
 * kafkajs 2.2.4 reads a fetch as a whole: if one batch of one partition cannot be read, no partition is, and the next
 * fetch fails at the same offset. It also never advances past a batch without records, as compaction leaves the last
 * batch of a producer. So an unreadable batch becomes one record that says so, at the batch's last offset; and a batch
 * whose last records are gone gets a record there that kafkajs skips.
 */
import { createRequire } from 'node:module';
import './kafka-codecs.ts';

/** What is known about an unreadable batch. */
export interface Unreadable {
  reason: string;
  /** The number of offsets it covers. */
  count: number;
}

/** A batch in kafkajs, as far as it is used here. */
interface RecordBatch {
  firstOffset: string;
  lastOffsetDelta: number;
  records: BatchRecord[];
}
interface BatchRecord {
  offset: string;
  /** Skipped, except for its offset. */
  isControlRecord: boolean;
}
type DecodeBatch = (decoder: { buffer: Buffer; offset: number }) => Promise<RecordBatch>;

/**
 * Limit of records in one batch. Ours have 1,000 at most; kafkajs passes a batch to one call as its arguments, and a
 * stack holds about 120,000.
 */
const MAX_RECORDS = 50_000;

/** Position of the last offset in a batch, as the delta from its first (Kafka, "Record Batch"). */
const LAST_OFFSET_DELTA_AT = 23;

const MAGIC = 2;
const UNREADABLE = Symbol('unreadable');

const require = createRequire(import.meta.url);
const path = require.resolve('kafkajs/src/protocol/recordBatch/v0/decoder');
const decode = require(path) as DecodeBatch;
const loaded = require.cache[path];
// kafkajs loads the decoder with the first fetch, and gets this one.
if (loaded !== undefined) loaded.exports = decodeOrPassOver;

/** The unreadable batch that a record stands for; undefined for other records. */
export function unreadableOf(record: object): Unreadable | undefined {
  return UNREADABLE in record ? (record[UNREADABLE] as Unreadable) : undefined;
}

async function decodeOrPassOver(decoder: { buffer: Buffer; offset: number }): Promise<RecordBatch> {
  const { buffer, offset: start } = decoder;
  try {
    const batch = await decode(decoder);
    const { firstOffset, lastOffsetDelta, records } = batch;
    if (records.length > MAX_RECORDS) throw new Error(`the batch has more than ${MAX_RECORDS} records`);
    const last = String(BigInt(firstOffset) + BigInt(lastOffsetDelta));
    if (records.at(-1)?.offset !== last) records.push({ ...placeAt(last), isControlRecord: true });
    return batch;
  } catch (error) {
    // The rest of it comes with the next fetch.
    if (error instanceof Error && error.name === 'KafkaJSPartialMessageError') throw error;
    const firstOffset = buffer.readBigInt64BE(start);
    const lastOffsetDelta = buffer.readInt32BE(start + LAST_OFFSET_DELTA_AT);
    const unreadable: Unreadable = {
      reason: error instanceof Error ? error.message : String(error),
      count: lastOffsetDelta + 1,
    };
    const place = placeAt(String(firstOffset + BigInt(lastOffsetDelta)));
    const records = [{ ...place, isControlRecord: false, [UNREADABLE]: unreadable }];
    return { firstOffset: String(firstOffset), lastOffsetDelta, records };
  }
}

/** A record without key and value, outside transactions, in the form of kafkajs. */
function placeAt(offset: string) {
  return {
    magicByte: MAGIC,
    attributes: 0,
    timestamp: '0',
    offset,
    key: null,
    value: null,
    headers: {},
    batchContext: { inTransaction: false, producerId: '-1' },
  };
}
