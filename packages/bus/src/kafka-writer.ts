import { Partitioners, type Producer } from 'kafkajs';
import { BusUnavailable } from './bus.ts';
import { ACKNOWLEDGE_WITHIN_MS, InFlight } from './in-flight.ts';
import type { KafkaAddress } from './kafka-address.ts';
import { bytesOfRecord, countOfBatch } from './kafka-batch.ts';
import { type KafkaClient, RETRY } from './kafka-client.ts';
import { KafkaLink, reasonOf } from './kafka-link.ts';
import type { BusOptions } from './options.ts';

/** Acknowledged by all replicas that are in sync. */
const ALL_REPLICAS = -1;

interface Waiting {
  key: string | null;
  value: string;
  bytes: number;
  settle(error?: BusUnavailable): void;
}

/**
 * Writes to a topic, in the order given, one request at a time: what comes while one is under way goes out together in
 * the next. So the busier it is the larger its batches, and an idempotent producer needs no more than that.
 */
export class KafkaWriter {
  readonly #topic: string;
  readonly #link: KafkaLink<Producer>;
  /** What was given and is not acknowledged, on its way or waiting for its turn: it bounds how much that may be. */
  readonly #inFlight = new InFlight(() => {});
  /** The request on its way: it alone tells a broker that is frozen from one that has much to do. */
  readonly #request: InFlight;
  #answered = () => {};
  #queue: Waiting[] = [];
  #sending: Waiting[] = [];

  constructor(address: KafkaAddress, options: BusOptions) {
    this.#topic = address.topic;
    this.#link = new KafkaLink(address, options, {
      purpose: 'publish',
      open: (client) => this.#open(client),
      onLost: () => this.#fail(),
    });
    this.#request = new InFlight(() => this.#link.drop('it has stopped to acknowledge'));
  }

  get stands(): boolean {
    return this.#link.current !== undefined;
  }

  /** Writes the values under a key, or under none. Rejects with {@link BusUnavailable} as a bus does. */
  async write(key: string | null, values: readonly string[]): Promise<void> {
    if (this.#link.current === undefined) throw new BusUnavailable(`Kafka is away: ${this.#link.reason}`);
    const sizes = values.map((value) => bytesOfRecord(key, value));
    const bytes = sizes.reduce((sum, size) => sum + size, 0);
    if (!this.#inFlight.hasRoomFor(values.length, bytes)) {
      throw new BusUnavailable('too much waits for Kafka to acknowledge it');
    }
    const written = values.map((value, index) => this.#enqueue(key, value, sizes[index] ?? 0));
    this.#send();
    await Promise.all(written);
  }

  /** Ends it after what is under way, or `withinMs`. */
  async close(withinMs: number): Promise<void> {
    await this.#inFlight.drained(withinMs);
    this.#inFlight.stop();
    this.#request.stop();
    this.#link.close();
  }

  async #open({ kafka }: KafkaClient): Promise<Producer> {
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: RETRY,
    });
    await producer.connect();
    // Sends nothing: it asks for the topic, so that one that is not there is told now and not by the first message.
    await producer.send({ topic: this.#topic, messages: [], acks: ALL_REPLICAS });
    return producer;
  }

  #enqueue(key: string | null, value: string, bytes: number): Promise<void> {
    const acknowledged = this.#inFlight.send(bytes);
    return new Promise((resolve, reject) => {
      const settle = (error?: BusUnavailable) => {
        acknowledged();
        if (error === undefined) resolve();
        else reject(error);
      };
      this.#queue.push({ key, value, bytes, settle });
    });
  }

  async #send(): Promise<void> {
    const producer = this.#link.current;
    if (producer === undefined || this.#sending.length > 0 || this.#queue.length === 0) return;
    const batch = this.#queue.splice(0, countOfBatch(this.#queue));
    this.#sending = batch;
    const answered = this.#request.send(0);
    this.#answered = answered;
    try {
      await producer.send({
        topic: this.#topic,
        acks: ALL_REPLICAS,
        timeout: ACKNOWLEDGE_WITHIN_MS,
        messages: batch.map(({ key, value }) => ({ key, value })),
      });
      if (this.#sending !== batch) return; // Given up meanwhile.
      this.#sending = [];
      for (const { settle } of batch) settle();
      this.#send();
    } catch (error) {
      // What went wrong with one producer, its sequence numbers above all, does not follow into the next.
      if (this.#sending === batch) this.#link.drop(reasonOf(error, this.#topic));
    } finally {
      answered();
    }
  }

  #fail(): void {
    const lost = [...this.#sending, ...this.#queue];
    this.#sending = [];
    this.#queue = [];
    this.#answered();
    const error = new BusUnavailable(`Kafka went away: ${this.#link.reason}`);
    for (const { settle } of lost) settle(error);
  }
}
