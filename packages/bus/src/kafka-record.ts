import type { LogEvent } from '@carillon/protocol';
import type { Traces } from './bus.ts';
import { envelopesOf, halvesOf } from './envelope.ts';

/** What is to be written to a topic. */
export interface KafkaRecord {
  key: string;
  value: string;
  /** For an envelope, what is in it. */
  envelope?: { seqs: readonly number[]; halves(): KafkaRecord[] };
}

/** Events of one channel as records in their order, keyed by it. */
export function recordsOf(channel: string, events: readonly LogEvent[], traces?: Traces): KafkaRecord[] {
  return envelopesOf(channel, events, traces).map(({ text, events }) => ({
    key: channel,
    value: text,
    envelope: {
      seqs: events.map(({ seq }) => seq),
      halves: () => halvesOf(events).flatMap((half) => recordsOf(channel, half, traces)),
    },
  }));
}
