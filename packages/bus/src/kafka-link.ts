import type { KafkaAddress } from './kafka-address.ts';
import { KafkaClient } from './kafka-client.ts';
import { isRefusal, reasonOf } from './kafka-error.ts';
import type { BusOptions } from './options.ts';

/**
 * Pauses before an unavailable broker is tried again: short, because deliveries should resume soon after its return.
 */
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 800;

/**
 * Longest pause if the broker refuses: somebody has to change something first, and each attempt leaves sockets behind
 * for a minute.
 */
const LAST_RETRY_OF_REFUSED_MS = 5_000;

interface Attempt<T> {
  client: KafkaClient;
  /** The opened resource, once it is open. */
  stands: T | undefined;
}

/** The resource that a link keeps open. */
export interface Opening<T> {
  /** What it does, for the log: "publishes", "subscribes". */
  purpose: string;
  /**
   * Opens the resource on a new client, and resolves once it has shown that it works: joining alone is not enough.
   * `lost` is called later, when it has failed by itself, with the error or the reason in words.
   */
  open(client: KafkaClient, lost: (reason: unknown) => void): Promise<T>;
  /** Called when an open resource was lost. */
  onLost?(): void;
}

/**
 * Keeps one resource open at a Kafka: if it is lost or does not open, a new client retries after a jittered pause. So
 * nothing that kafkajs queued or waits for outlives its connections.
 */
export class KafkaLink<T> {
  readonly #address: KafkaAddress;
  readonly #options: BusOptions;
  readonly #opening: Opening<T>;
  #attempt: Attempt<T> | undefined;
  /** Called when the current attempt succeeded or failed. */
  #onTried: (() => void)[] = [];
  /** Attempts since it was last open. */
  #failures = 0;
  /** How many of the last attempts the broker refused. */
  #refusals = 0;
  #toldRefusal: boolean | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  #reason = 'it has not responded yet';

  constructor(address: KafkaAddress, options: BusOptions, opening: Opening<T>) {
    this.#address = address;
    this.#options = options;
    this.#opening = opening;
    this.#try();
  }

  /** The open resource, if there is one. */
  get current(): T | undefined {
    return this.#attempt?.stands;
  }

  /** Why the broker is, or last was, unavailable. */
  get reason(): string {
    return this.#reason;
  }

  /** Resolves when the current attempt succeeded or failed; at once without one. */
  async tried(): Promise<void> {
    if (this.#attempt === undefined || this.#attempt.stands !== undefined) return;
    await new Promise<void>((resolve) => this.#onTried.push(resolve));
  }

  /** Closes the current resource; another attempt follows. */
  drop(reason: unknown): void {
    if (this.#attempt !== undefined) this.#lose(this.#attempt, reason);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#retry);
    this.drop('the bus is closed');
  }

  async #try(): Promise<void> {
    const lost = (reason: unknown) => this.#lose(attempt, reason);
    const { brokers } = this.#address;
    const first = this.#failures % brokers.length;
    const address = { ...this.#address, brokers: [...brokers.slice(first), ...brokers.slice(0, first)] };
    const client = new KafkaClient(address, { ca: this.#options.ca, onLost: lost });
    const attempt: Attempt<T> = { client, stands: undefined };
    this.#attempt = attempt;
    try {
      const opened = await this.#opening.open(client, lost);
      if (this.#attempt !== attempt) return;
      attempt.stands = opened;
      if (this.#toldRefusal !== undefined) {
        this.#options.log?.info({ purpose: this.#opening.purpose }, 'Kafka is available again');
      }
      this.#toldRefusal = undefined;
      this.#failures = 0;
      this.#refusals = 0;
      this.#tried();
    } catch (error) {
      this.#lose(attempt, error);
    }
  }

  #lose(attempt: Attempt<T>, error: unknown): void {
    const reason = reasonOf(error, this.#address.topic);
    attempt.client.end(reason);
    if (this.#attempt !== attempt) return;
    this.#attempt = undefined;
    this.#reason = reason;
    this.#tried();
    if (attempt.stands !== undefined) this.#opening.onLost?.();
    if (this.#closed) return;
    const refused = isRefusal(error);
    this.#failures++;
    this.#refusals = refused ? this.#refusals + 1 : 0;
    // Log once per outage, and again if the broker refuses. Not if the next attempt succeeds: brokers close idle
    // connections.
    if (this.#failures > 1 && refused !== this.#toldRefusal) {
      this.#toldRefusal = refused;
      this.#options.log?.warn({ purpose: this.#opening.purpose, reason }, 'Kafka is unavailable');
    }
    this.#retry = setTimeout(() => this.#try(), pauseAfter(this.#failures, this.#refusals));
  }

  #tried(): void {
    const waiting = this.#onTried;
    this.#onTried = [];
    for (const resolve of waiting) resolve();
  }
}

/** The pause after this many failures in a row, ms; the last `refusals` of them were refused by the broker. */
export function pauseAfter(failures: number, refusals: number, random: number = Math.random()): number {
  const pause =
    refusals > 0
      ? Math.min(FIRST_RETRY_MS * 2 ** (refusals - 1), LAST_RETRY_OF_REFUSED_MS)
      : Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS);
  return pause * (0.5 + random / 2);
}
