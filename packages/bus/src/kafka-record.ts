import type { LogEvent } from '@carillon/protocol';
import type { Traces } from './bus.ts';
import { envelopesOf, halvesOf } from './envelope.ts';

/** A record to write to a topic. */
export interface KafkaRecord {
  key: string;
  value: string;
  /** The content of an envelope. */
  envelope?: { seqs: readonly number[]; halves(): KafkaRecord[] };
}

/** Events of one channel as records in order, keyed by the channel. */
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
