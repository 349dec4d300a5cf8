import type { KafkaAddress } from './kafka-address.ts';
import { KafkaClient } from './kafka-client.ts';
import { isRefusal, reasonOf } from './kafka-error.ts';
import type { BusOptions } from './options.ts';

/** Pauses before a broker that is away is tried again: short, since deliveries are to resume soon after its return. */
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 800;

/** Where the broker is there and refuses, somebody has to change something; and each try leaves sockets behind for a minute. */
const LAST_RETRY_OF_REFUSED_MS = 5_000;

interface Attempt<T> {
  client: KafkaClient;
  /** What was opened, once it stands. */
  stands: T | undefined;
}

/** What a link keeps open. */
export interface Opening<T> {
  /** What it does, for the log: "publishes", "subscribes". */
  purpose: string;
  /**
   * Opens it on a new client, and resolves once it has shown that it works: what only joined is not open. `lost` is called later,
   * when it has failed by itself, with the error or the reason in words.
   */
  open(client: KafkaClient, lost: (reason: unknown) => void): Promise<T>;
  /** Called when what stood does so no more. */
  onLost?(): void;
}

/**
 * Keeps one thing open at a Kafka: where it is lost, or does not open, a new client tries again after a jittered
 * pause. So nothing that kafkajs queued, or waits for, outlives its connections.
 */
export class KafkaLink<T> {
  readonly #address: KafkaAddress;
  readonly #options: BusOptions;
  readonly #opening: Opening<T>;
  #attempt: Attempt<T> | undefined;
  /** Called when what is tried stands, or has failed. */
  #onTried: (() => void)[] = [];
  /** Tries since it stood last. */
  #failures = 0;
  /** Of these the last ones, where the broker was there and refused. */
  #refusals = 0;
  #toldRefusal: boolean | undefined;
  #retry: NodeJS.Timeout | undefined;
  #closed = false;
  #reason = 'it has not answered yet';

  constructor(address: KafkaAddress, options: BusOptions, opening: Opening<T>) {
    this.#address = address;
    this.#options = options;
    this.#opening = opening;
    this.#try();
  }

  /** What was opened, where it stands. */
  get current(): T | undefined {
    return this.#attempt?.stands;
  }

  /** Why the broker is, or last was, away. */
  get reason(): string {
    return this.#reason;
  }

  /** Resolves when the try that is under way stands or failed; at once where there is none. */
  async tried(): Promise<void> {
    if (this.#attempt === undefined || this.#attempt.stands !== undefined) return;
    await new Promise<void>((resolve) => this.#onTried.push(resolve));
  }

  /** Gives up what is there; another try follows. */
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
        this.#options.log?.info({ purpose: this.#opening.purpose }, 'Kafka is back');
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
    // Once for each absence, and again where it is there and refuses. Not where the next try succeeds: a broker closes
    // connections that are idle for long.
    if (this.#failures > 1 && refused !== this.#toldRefusal) {
      this.#toldRefusal = refused;
      this.#options.log?.warn({ purpose: this.#opening.purpose, reason }, 'Kafka is away');
    }
    this.#retry = setTimeout(() => this.#try(), pauseAfter(this.#failures, this.#refusals));
  }

  #tried(): void {
    const waiting = this.#onTried;
    this.#onTried = [];
    for (const resolve of waiting) resolve();
  }
}

/** How long to wait, in ms, after so many failures in a row, the last `refusals` of which the broker's refusals. */
export function pauseAfter(failures: number, refusals: number, random: number = Math.random()): number {
  const pause =
    refusals > 0
      ? Math.min(FIRST_RETRY_MS * 2 ** (refusals - 1), LAST_RETRY_OF_REFUSED_MS)
      : Math.min(FIRST_RETRY_MS * 2 ** (failures - 1), LAST_RETRY_MS);
  return pause * (0.5 + random / 2);
}
