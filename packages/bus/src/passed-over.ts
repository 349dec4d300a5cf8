import type { BusLog } from './bus-log.ts';

/**
 * Why a message was skipped for good: a reader could not read it, or the broker refuses it as too large. The store
 * still has it.
 */
export type PassedOverReason = 'unreadable' | 'too-large';

/** Called once for each broker; returns the callback for the number of skipped records. */
export type PassedOverObserver = (broker: string) => (reason: PassedOverReason, count: number) => void;

/** At most one log line within this time. */
const LOG_EVERY_MS = 60_000;

const LINES = {
  unreadable: 'skipped messages that cannot be read',
  'too-large': 'skipped messages that the broker refused as too large',
} as const;

/** Counts and logs the messages that a bus skips. */
export class PassedOver {
  readonly #log: BusLog | undefined;
  readonly #broker: string;
  readonly #notify: ((reason: PassedOverReason, count: number) => void) | undefined;
  readonly #untold = new Map<PassedOverReason, { count: number; quietUntil: number }>();

  constructor(
    broker: string,
    options: { log?: BusLog | undefined; passedOver?: PassedOverObserver | undefined },
  ) {
    this.#broker = broker;
    this.#log = options.log;
    this.#notify = options.passedOver?.(broker);
  }

  /**
   * Records `count` skipped messages. `fields` say where and why; the log line has the fields of the first message
   * since the last line.
   */
  note(reason: PassedOverReason, fields: Record<string, unknown>, count = 1): void {
    this.#notify?.(reason, count);
    const now = performance.now();
    const untold = this.#untold.get(reason) ?? { count: 0, quietUntil: 0 };
    this.#untold.set(reason, untold);
    untold.count += count;
    if (now < untold.quietUntil) return;
    this.#log?.warn({ bus: this.#broker, ...fields, records: untold.count }, LINES[reason]);
    untold.count = 0;
    untold.quietUntil = now + LOG_EVERY_MS;
  }
}
