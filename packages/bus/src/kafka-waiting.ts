import type { BusUnavailable } from './bus.ts';
import { bytesOfRecord } from './kafka-batch.ts';
import type { KafkaRecord } from './kafka-record.ts';

/** A record that is to be written, and whom to tell. */
export interface Waiting {
  record: KafkaRecord;
  bytes: number;
  /** Called once: without an error when it is written. */
  settle(error?: BusUnavailable): void;
}

/** Has `settle` called when the record is written or lost. */
export function waitFor(record: KafkaRecord, settle: Waiting['settle']): Waiting {
  return { record, bytes: bytesOfRecord(record.key, record.value), settle };
}

/** What stands for a record that is too large: its events in two envelopes. None where it has but one event. */
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
