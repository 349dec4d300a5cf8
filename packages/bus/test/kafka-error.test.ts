import { KafkaJSError, KafkaJSNonRetriableError, KafkaJSProtocolError } from 'kafkajs';
import { describe, expect, it } from 'vitest';
import { isRefusal, isTooLarge, reasonOf } from '../src/kafka-error.ts';
import { pauseAfter } from '../src/kafka-link.ts';

/** An answer of a broker, wrapped as kafkajs does. */
function answer(type: string, code: number, retriable: boolean): Error {
  const error = Object.assign(new KafkaJSProtocolError('as it says'), { type, code, retriable });
  return Object.assign(new KafkaJSNonRetriableError(error), { cause: error });
}

describe('an error of Kafka', () => {
  it('is a refusal where the broker was there and will say so again', () => {
    expect(isRefusal(answer('TOPIC_AUTHORIZATION_FAILED', 29, false))).toBe(true);
    expect(isRefusal(answer('UNKNOWN_TOPIC_OR_PARTITION', 3, true))).toBe(true);
    expect(isRefusal(new TypeError('within kafkajs'))).toBe(true);
  });

  it('is none where the broker is away, or says that it passes', () => {
    expect(isRefusal(answer('GROUP_COORDINATOR_NOT_AVAILABLE', 15, true))).toBe(false);
    expect(isRefusal(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }))).toBe(false);
    expect(isRefusal(Object.assign(new KafkaJSError('x'), { name: 'KafkaJSConnectionError' }))).toBe(false);
    expect(isRefusal('the connection was closed')).toBe(false);
  });

  it('says its first cause, and what makes a topic', () => {
    expect(reasonOf(answer('TOPIC_AUTHORIZATION_FAILED', 29, false), 't')).toBe('as it says');
    expect(reasonOf(answer('UNKNOWN_TOPIC_OR_PARTITION', 3, true), 't')).toMatch(
      /create it with .*create-topics/,
    );
    expect(isTooLarge(answer('MESSAGE_TOO_LARGE', 10, false))).toBe(true);
    expect(isTooLarge(answer('INVALID_RECORD', 87, false))).toBe(false);
  });
});

describe('the pause before the next try', () => {
  it('stays short while the broker is away, and grows where it refuses', () => {
    const pauses = (refuses: boolean) => [1, 2, 3, 6, 100].map((n) => pauseAfter(n, refuses ? n : 0, 1));
    expect(pauses(false)).toEqual([200, 400, 800, 800, 800]);
    expect(pauses(true)).toEqual([200, 400, 800, 5_000, 5_000]);
    // A broker that comes back is not waited for, however long it was away.
    expect(pauseAfter(100, 1, 0)).toBe(100);
  });
});
