import type { KafkaRecord } from './kafka-record.ts';

/** The key of the messages that `/checks` writes to a Kafka topic: no channel has such a key. */
const PING_KEY = '/ping/';

const PING = '{"check":"ping"}';

/** This many keys, so that pings reach each partition in turn, and a compacted topic keeps no more of them. */
const PING_KEYS = 32;

let count = 0;

/** The next ping. It has a key, because a compacted topic refuses messages without one. */
export function nextPing(): KafkaRecord {
  count = (count + 1) % PING_KEYS;
  return { key: `${PING_KEY}${count}`, value: PING };
}

/** Whether a record is a ping; pings of older versions had no key. */
export function isPing(key: string | undefined, value: Buffer | null): boolean {
  return key === undefined ? value?.toString() === PING : key.startsWith(PING_KEY);
}
