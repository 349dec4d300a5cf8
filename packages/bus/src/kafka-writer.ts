import { Partitioners, type Producer } from 'kafkajs';
import { BusUnavailable } from './bus.ts';
import { MAX_ENVELOPE_BYTES } from './envelope.ts';
import { ACKNOWLEDGE_WITHIN_MS, InFlight } from './in-flight.ts';
import type { KafkaAddress } from './kafka-address.ts';
import { countOfBatch } from './kafka-batch.ts';
import { type KafkaClient, RETRY } from './kafka-client.ts';
import { isRefusal, isTooLarge, reasonOf } from './kafka-error.ts';
import { KafkaLink } from './kafka-link.ts';
import { nextPing } from './kafka-ping.ts';
import type { KafkaRecord } from './kafka-record.ts';
import { partsOf, type Waiting, waitFor } from './kafka-waiting.ts';
import type { BusOptions } from './options.ts';
import type { PassedOver } from './passed-over.ts';

/** Acknowledged by all in-sync replicas. */
const ALL_REPLICAS = -1;

interface Opened {
  client: KafkaClient;
  producer: Producer;
}

/**
 * Writes to a topic, in order, one request at a time: whatever arrives during a request is sent together in the next.
 * So batches grow with the load, and an idempotent producer needs no more than that.
 */
export class KafkaWriter {
  readonly #topic: string;
  readonly #link: KafkaLink<Opened>;
  readonly #passedOver: PassedOver;
  /** Unacknowledged records, sent or queued: it limits their number. */
  readonly #inFlight = new InFlight(() => {});
  /** The current request: only it distinguishes a frozen broker from a busy one. */
  readonly #request: InFlight;
  #answered = () => {};
  #queue: Waiting[] = [];
  #sending: Waiting[] = [];
  /** Whether a request is in flight, or a producer is being replaced. */
  #busy = false;
  /** Smaller than an envelope if the topic has refused larger batches. */
  #batchBytes = MAX_ENVELOPE_BYTES;
  /** Whether the broker refused the last write: then a connection does not prove that it accepts anything. */
  #refused = false;

  constructor(address: KafkaAddress, options: BusOptions, passedOver: PassedOver) {
    this.#topic = address.topic;
    this.#passedOver = passedOver;
    this.#link = new KafkaLink(address, options, {
      purpose: 'publish',
      open: (client) => this.#open(client),
      onLost: () => this.#fail(),
    });
    this.#request = new InFlight(() => this.#link.drop('it stopped acknowledging'));
  }

  get stands(): boolean {
    return this.#link.current !== undefined;
  }

  /** Writes the records. Rejects with {@link BusUnavailable} as a bus does. */
  async write(records: readonly KafkaRecord[]): Promise<void> {
    if (this.#link.current === undefined)
      throw new BusUnavailable(`Kafka is unavailable: ${this.#link.reason}`);
    const written: Promise<void>[] = [];
    const waiting = records.map((record) => {
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      written.push(promise);
      return waitFor(record, (error) => (error === undefined ? resolve() : reject(error)));
    });
    const bytes = waiting.reduce((sum, each) => sum + each.bytes, 0);
    if (!this.#inFlight.hasRoomFor(waiting.length, bytes)) {
      throw new BusUnavailable('too many messages are waiting for Kafka to acknowledge them');
    }
    for (const { bytes, settle, ...rest } of waiting) {
      const acknowledged = this.#inFlight.send(bytes);
      const settled = (error?: BusUnavailable) => {
        acknowledged();
        settle(error);
      };
      this.#queue.push({ ...rest, bytes, settle: settled });
    }
    this.#send();
    await Promise.all(written);
  }

  /** Closes the writer after everything in flight is done, or after `withinMs`. */
  async close(withinMs: number): Promise<void> {
    await this.#inFlight.drained(withinMs);
    this.#inFlight.stop();
    this.#request.stop();
    this.#link.close();
  }

  async #open(client: KafkaClient): Promise<Opened> {
    const producer = await this.#connect(client);
    // An empty request only asks for the topic, so that a missing topic is reported now and not with the first message.
    await this.#write(producer, this.#refused ? [nextPing()] : []);
    this.#refused = false;
    this.#batchBytes = MAX_ENVELOPE_BYTES;
    return { client, producer };
  }

  async #connect({ kafka }: KafkaClient): Promise<Producer> {
    const producer = kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      allowAutoTopicCreation: false,
      createPartitioner: Partitioners.DefaultPartitioner,
      retry: RETRY,
    });
    await producer.connect();
    return producer;
  }

  async #write(producer: Producer, records: readonly KafkaRecord[]): Promise<void> {
    await producer.send({
      topic: this.#topic,
      acks: ALL_REPLICAS,
      timeout: ACKNOWLEDGE_WITHIN_MS,
      messages: records.map(({ key, value }) => ({ key, value })),
    });
  }

  async #send(): Promise<void> {
    const opened = this.#link.current;
    if (opened === undefined || this.#busy || this.#queue.length === 0) return;
    const batch = this.#queue.splice(0, countOfBatch(this.#queue, this.#batchBytes));
    this.#sending = batch;
    this.#busy = true;
    const answered = this.#request.send(0);
    this.#answered = answered;
    try {
      await this.#write(
        opened.producer,
        batch.map(({ record }) => record),
      );
      if (this.#link.current !== opened) return; // Discarded in the meantime.
      this.#sending = [];
      for (const { settle } of batch) settle();
    } catch (error) {
      answered();
      if (this.#link.current !== opened) return;
      if (!isTooLarge(error)) return this.#giveUp(error);
      this.#sending = [];
      this.#shrink(batch, reasonOf(error, this.#topic));
      if (!(await this.#renew(opened))) return;
    } finally {
      answered();
    }
    this.#busy = false;
    this.#send();
  }

  /** Discards the producer, so that its errors, above all its sequence numbers, do not affect the next. */
  #giveUp(error: unknown): void {
    this.#refused = isRefusal(error);
    this.#link.drop(error);
  }

  /**
   * Puts records that a topic refused as too large before the rest, in smaller pieces: fewer records per batch, then
   * fewer events per envelope. A single event that is refused blocks nothing: it is skipped, and the store has it.
   */
  #shrink(batch: Waiting[], reason: string): void {
    const [first] = batch;
    if (first === undefined) return;
    if (batch.length > 1) {
      this.#batchBytes = Math.floor(batch.reduce((sum, { bytes }) => sum + bytes, 0) / 2);
      this.#queue.unshift(...batch);
      return;
    }
    const parts = partsOf(first);
    if (parts.length > 0) {
      this.#queue.unshift(...parts);
      return;
    }
    const [seq] = first.record.envelope?.seqs ?? [];
    this.#passedOver.note('too-large', { channel: first.record.key, seq, bytes: first.bytes, reason });
    first.settle();
  }

  /**
   * Replaces the producer on the same client: after a refusal kafkajs rolls back the sequence numbers of all partitions
   * in the request, including those that accepted it, and the broker would treat the next batch as a duplicate.
   * Resolves to whether the new producer is ready.
   */
  async #renew(opened: Opened): Promise<boolean> {
    const before = opened.producer;
    try {
      opened.producer = await this.#connect(opened.client);
      before.disconnect().catch(() => {}); // Its connections end with the client.
    } catch (error) {
      if (this.#link.current === opened) this.#giveUp(error);
    }
    return this.#link.current === opened;
  }

  #fail(): void {
    const lost = [...this.#sending, ...this.#queue];
    this.#sending = [];
    this.#queue = [];
    this.#busy = false;
    this.#answered();
    const error = new BusUnavailable(`the connection to Kafka was lost: ${this.#link.reason}`);
    for (const { settle } of lost) settle(error);
  }
}
