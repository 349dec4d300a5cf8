import { createRequire } from 'node:module';
import { describe, expect, it } from 'vitest';
import { unreadableOf } from '../src/kafka-records.ts';

interface Fetched {
  records: { offset: string; key: Buffer | null; isControlRecord: boolean }[];
}

const require = createRequire(import.meta.url);
const Decoder = require('kafkajs/src/protocol/decoder') as new (buffer: Buffer) => object;
const decode = require('kafkajs/src/protocol/recordBatch/v0/decoder') as (
  decoder: object,
) => Promise<Fetched>;
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch(batch: object): Promise<{ buffer: Buffer }>;
};
const encodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0') as (record: object) => object;

/** A batch of `count` records at the offsets from 10 on, of which the last `gone` were taken out. */
async function batchOf(count: number, gone = 0): Promise<Buffer> {
  const records = Array.from({ length: count - gone }, (_, index) =>
    encodeRecord({ offsetDelta: index, timestampDelta: 0, key: 'lobby', value: 'x', headers: {} }),
  );
  const { buffer } = await RecordBatch({ records, lastOffsetDelta: count - 1, compression: 4 });
  buffer.writeBigInt64BE(10n, 0);
  return buffer;
}

describe('a batch of records as kafkajs reads it', () => {
  it('is as it was where it can be read', async () => {
    const { records } = await decode(new Decoder(await batchOf(3)));
    expect(records.map(({ offset }) => offset)).toEqual(['10', '11', '12']);
    expect(records.filter(unreadableOf)).toEqual([]);
  });

  it('goes to its end where its last records are gone, or all of them', async () => {
    for (const gone of [1, 3]) {
      const { records } = await decode(new Decoder(await batchOf(3, gone)));
      expect(records.length).toBe(3 - gone + 1);
      expect(records.at(-1)).toMatchObject({ offset: '12', isControlRecord: true });
    }
  });

  it('says so where it cannot be read, or has more records than are taken', async () => {
    const broken = await batchOf(3);
    broken.fill(0xff, 70);
    const [record, ...rest] = (await decode(new Decoder(broken))).records;
    expect(rest).toEqual([]);
    expect(record).toMatchObject({ offset: '12', key: null, isControlRecord: false });
    expect(unreadableOf(record ?? {})).toEqual({ count: 3, reason: expect.any(String) });

    const long = await decode(new Decoder(await batchOf(60_000)));
    expect(unreadableOf(long.records[0] ?? {})).toEqual({
      count: 60_000,
      reason: expect.stringContaining('50000'),
    });
  });

  it('is left to the next fetch where it is not there as a whole', async () => {
    const part = (await batchOf(3)).subarray(0, -1);
    await expect(decode(new Decoder(part))).rejects.toMatchObject({ name: 'KafkaJSPartialMessageError' });
  });
});
