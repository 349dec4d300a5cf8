/**
 * kafkajs 2.2.4 reads a fetch as a whole: where one batch of one partition cannot be read, that of no partition is, and the next
 * fetch fails at the same place. It also stays for ever where a batch has no records left, as compaction leaves the last
 * one of a producer. So a batch that cannot be read becomes one record that says so, at the batch's last offset; and one whose
 * last records are gone gets a record there that kafkajs skips.
 */
import { createRequire } from 'node:module';
import './kafka-codecs.ts';

/** What a batch that could not be read says of itself. */
export interface Unreadable {
  reason: string;
  /** How many offsets it takes. */
  count: number;
}

/** As kafkajs has it, as far as it is looked at here. */
interface RecordBatch {
  firstOffset: string;
  lastOffsetDelta: number;
  records: BatchRecord[];
}
interface BatchRecord {
  offset: string;
  /** Skipped, but for its offset. */
  isControlRecord: boolean;
}
type DecodeBatch = (decoder: { buffer: Buffer; offset: number }) => Promise<RecordBatch>;

/**
 * Records of one batch. Ours have 1,000 at most; kafkajs hands those of a batch to one call as its arguments, which a stack
 * takes some 120,000 of.
 */
const MAX_RECORDS = 50_000;

/** Where a batch has its last offset, as the distance from its first (Kafka, "Record Batch"). */
const LAST_OFFSET_DELTA_AT = 23;

const MAGIC = 2;
const UNREADABLE = Symbol('unreadable');

const require = createRequire(import.meta.url);
const path = require.resolve('kafkajs/src/protocol/recordBatch/v0/decoder');
const decode = require(path) as DecodeBatch;
const loaded = require.cache[path];
// What reads a fetch loads it when the first one is answered.
if (loaded !== undefined) loaded.exports = decodeOrPassOver;

/** Gives what a record stands for, where it stands for a batch that could not be read. */
export function unreadableOf(record: object): Unreadable | undefined {
  return UNREADABLE in record ? (record[UNREADABLE] as Unreadable) : undefined;
}

async function decodeOrPassOver(decoder: { buffer: Buffer; offset: number }): Promise<RecordBatch> {
  const { buffer, offset: start } = decoder;
  try {
    const batch = await decode(decoder);
    const { firstOffset, lastOffsetDelta, records } = batch;
    if (records.length > MAX_RECORDS) throw new Error(`it has more than ${MAX_RECORDS} records`);
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

/** A record without a key and a value, in no transaction, as kafkajs has them. */
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
