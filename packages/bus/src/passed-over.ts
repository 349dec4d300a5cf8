import type { BusLog } from './options.ts';

/**
 * Why something did not go over a bus, for good: a reader could not read it, or the broker refuses it as too large. The store has it all
 * the same.
 */
export type PassedOverReason = 'unreadable' | 'too-large';

/** Asked once for each broker; gives whom to tell how many records were passed over. */
export type PassedOverObserver = (broker: string) => (reason: PassedOverReason, count: number) => void;

/** One line of the log for all that is passed over within this time. */
const TELL_EVERY_MS = 60_000;

const LINES = {
  unreadable: 'passed over what cannot be read',
  'too-large': 'passed over what the broker refuses as too large',
} as const;

/** Counts and tells what a bus passes over. */
export class PassedOver {
  readonly #log: BusLog | undefined;
  readonly #broker: string;
  readonly #tell: ((reason: PassedOverReason, count: number) => void) | undefined;
  readonly #untold = new Map<PassedOverReason, { count: number; quietUntil: number }>();

  constructor(
    broker: string,
    options: { log?: BusLog | undefined; passedOver?: PassedOverObserver | undefined },
  ) {
    this.#broker = broker;
    this.#log = options.log;
    this.#tell = options.passedOver?.(broker);
  }

  /** Notes `count` records. `fields` say where and why: they are those of the first since the last line. */
  note(reason: PassedOverReason, fields: Record<string, unknown>, count = 1): void {
    this.#tell?.(reason, count);
    const now = performance.now();
    const untold = this.#untold.get(reason) ?? { count: 0, quietUntil: 0 };
    this.#untold.set(reason, untold);
    untold.count += count;
    if (now < untold.quietUntil) return;
    this.#log?.warn({ bus: this.#broker, ...fields, records: untold.count }, LINES[reason]);
    untold.count = 0;
    untold.quietUntil = now + TELL_EVERY_MS;
  }
}
