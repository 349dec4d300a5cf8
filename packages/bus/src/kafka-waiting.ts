import type { BusUnavailable } from './bus.ts';
import { bytesOfRecord } from './kafka-batch.ts';
import type { KafkaRecord } from './kafka-record.ts';

/** A record to be written, and a callback. */
export interface Waiting {
  record: KafkaRecord;
  bytes: number;
  /** Called once: without an error when the record is written. */
  settle(error?: BusUnavailable): void;
}

/** Calls `settle` when the record is written or lost. */
export function waitFor(record: KafkaRecord, settle: Waiting['settle']): Waiting {
  return { record, bytes: bytesOfRecord(record.key, record.value), settle };
}

/** Replaces a record that is too large: its events in two envelopes. Empty if it has only one event. */
export function partsOf({ record, settle }: Waiting): Waiting[] {
  const halves = record.envelope?.halves() ?? [];
  let open = halves.length;
  let failed: BusUnavailable | undefined;
  return halves.map((half) =>
    waitFor(half, (error) => {
      failed ??= error;
      open--;
      if (open === 0) settle(failed);
    }),
  );
}
