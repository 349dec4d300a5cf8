import type { KafkaRecord } from './kafka-record.ts';

/** What `/checks` writes to a topic of Kafka, for whoever reads it: no channel has such a key. */
const PING_KEY = '/ping/';

const PING = '{"check":"ping"}';

/** So many keys, so that over some pings each partition has its turn, and a compacted topic keeps no more of them. */
const PING_KEYS = 32;

let count = 0;

/** The next ping. It has a key, since a topic that is compacted refuses all that has none. */
export function nextPing(): KafkaRecord {
  count = (count + 1) % PING_KEYS;
  return { key: `${PING_KEY}${count}`, value: PING };
}

/** Whether a record is a ping; those of versions before had no key. */
export function isPing(key: string | undefined, value: Buffer | null): boolean {
  return key === undefined ? value?.toString() === PING : key.startsWith(PING_KEY);
}
