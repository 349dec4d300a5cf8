import { describe, expect, it } from 'vitest';
import { MAX_ENVELOPE_BYTES } from '../src/envelope.ts';
import { bytesOfRecord, countOfBatch } from '../src/kafka-batch.ts';

const records = (count: number, key: string, value: string) =>
  Array.from({ length: count }, () => ({ bytes: bytesOfRecord(key, value) }));

describe('a batch for Kafka', () => {
  it('holds no more than a topic takes, the keys and headers of its records included', () => {
    const [key, value] = ['k'.repeat(64), 'v'.repeat(500)];
    const count = countOfBatch(records(1_000, key, value));
    // Three bytes of lengths and three of numbers are the least that a record has.
    expect(count * (key.length + value.length + 6)).toBeLessThan(MAX_ENVELOPE_BYTES);
    expect(count).toBeGreaterThan(800);
  });

  it('holds all that waits where it fits, and the largest envelope alone', () => {
    expect(countOfBatch(records(100, 'lobby', 'hello'))).toBe(100);
    expect(countOfBatch(records(2, 'lobby', 'v'.repeat(MAX_ENVELOPE_BYTES)))).toBe(1);
  });
});
