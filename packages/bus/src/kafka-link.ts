import type { KafkaAddress } from './kafka-address.ts';
import { KafkaClient } from './kafka-client.ts';
import type { BusOptions } from './options.ts';

/** Pauses before a broker that is away is tried again: short, since deliveries are to resume soon after its return. */
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 800;

interface Attempt<T> {
  client: KafkaClient;
  /** What was opened, once it stands. */
  stands: T | undefined;
}

/** What a link keeps open. */
export interface Opening<T> {
  /** What it does, for the log: "publishes", "subscribes". */
  purpose: string;
  /** Opens it on a new client. `lost` is called later, when it has failed by itself. */
  open(client: KafkaClient, lost: (reason: string) => void): Promise<T>;
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
  #failures = 0;
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
  drop(reason: string): void {
    if (this.#attempt !== undefined) this.#lose(this.#attempt, reason);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#retry);
    this.drop('the bus is closed');
  }

  async #try(): Promise<void> {
    const lost = (reason: string) => this.#lose(attempt, reason);
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
      if (this.#failures > 1) this.#options.log?.info({ purpose: this.#opening.purpose }, 'Kafka is back');
      this.#failures = 0;
      this.#tried();
    } catch (error) {
      this.#lose(attempt, reasonOf(error, this.#address.topic));
    }
  }

  #lose(attempt: Attempt<T>, reason: string): void {
    attempt.client.end(reason);
    if (this.#attempt !== attempt) return;
    this.#attempt = undefined;
    this.#reason = reason;
    this.#tried();
    if (attempt.stands !== undefined) this.#opening.onLost?.();
    if (this.#closed) return;
    this.#failures++;
    // Once for each absence, and not where the next try succeeds: a broker closes connections that are idle for long.
    if (this.#failures === 2) {
      this.#options.log?.warn({ purpose: this.#opening.purpose, reason }, 'Kafka is away');
    }
    const pause = Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LAST_RETRY_MS);
    this.#retry = setTimeout(() => this.#try(), pause * (0.5 + Math.random() / 2));
  }

  #tried(): void {
    const waiting = this.#onTried;
    this.#onTried = [];
    for (const resolve of waiting) resolve();
  }
}

/** The first cause of an error of kafkajs, which wraps them, in words for an operator. */
export function reasonOf(error: unknown, topic: string): string {
  if (!(error instanceof Error)) return String(error);
  const inner = 'errors' in error && Array.isArray(error.errors) ? error.errors[0] : error.cause;
  if (inner instanceof Error && inner !== error) return reasonOf(inner, topic);
  if ('type' in error && error.type === 'UNKNOWN_TOPIC_OR_PARTITION') {
    return `there is no topic ${topic}: deploy/kafka/create-topics makes it`;
  }
  return error.message;
}
