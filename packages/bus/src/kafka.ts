import type { LogEvent } from '@carillon/protocol';
import { type Bus, type BusLink, BusUnavailable, PING_WITHIN_MS, type Receiver, type Traces } from './bus.ts';
import { decodeEnvelope } from './envelope.ts';
import { parseKafkaAddress } from './kafka-address.ts';
import { nextPing } from './kafka-ping.ts';
import { KafkaReader } from './kafka-reader.ts';
import { recordsOf } from './kafka-record.ts';
import { KafkaWriter } from './kafka-writer.ts';
import { linkOf } from './link-of.ts';
import type { BusOptions } from './options.ts';
import { PassedOver } from './passed-over.ts';
import { Receivers } from './receivers.ts';

/** How long closing waits for what is in flight. */
const CLOSE_WITHIN_MS = 1_000;

/**
 * A bus over a Kafka topic, keyed by channel, so that a channel's envelopes are in one partition, in order. `url` is
 * `kafka://[user:password@]host[:port][,host[:port]…][/topic]`, or `kafkas://` for TLS; users authenticate by
 * SCRAM-SHA-512. Throws TypeError for any other URL.
 */
export function openKafkaBus(url: string, options: BusOptions = {}): Bus {
  return new KafkaBus(url, options);
}

class KafkaBus implements Bus {
  readonly #url: string;
  readonly #options: BusOptions;
  readonly #receivers = new Receivers();
  readonly #passedOver: PassedOver;
  readonly #writer: KafkaWriter;
  /** Created by the first subscription. */
  #reader: KafkaReader | undefined;
  #closed = false;

  constructor(url: string, options: BusOptions) {
    this.#url = url;
    this.#options = options;
    this.#passedOver = new PassedOver('Kafka', options);
    this.#writer = new KafkaWriter(parseKafkaAddress(url, options.topicsPrefix), options, this.#passedOver);
  }

  get connected(): boolean {
    return !this.#closed && this.#writer.stands && (this.#reader?.stands ?? true);
  }

  async publish(channel: string, events: readonly LogEvent[], traces?: Traces, ahead = false): Promise<void> {
    if (this.#closed) throw new BusUnavailable('the bus is closed');
    if (ahead) throw new BusUnavailable('earlier events of the channel must be written first');
    await this.#writer.write(recordsOf(channel, events, traces));
  }

  async subscribe(receive: Receiver, wanted?: (channel: string) => boolean): Promise<() => Promise<void>> {
    if (this.#closed) throw new BusUnavailable('the bus is closed');
    const remove = this.#receivers.add(receive, wanted);
    this.#reader ??= this.#read();
    await this.#reader.tried();
    return async () => {
      remove();
      if (this.#receivers.size > 0) return;
      const reader = this.#reader;
      this.#reader = undefined;
      await reader?.close(CLOSE_WITHIN_MS);
    };
  }

  readonly links: readonly BusLink[] = [linkOf('Kafka', this, () => this.#ping())];

  /** Writes a record that is not an envelope, to one partition after the other. All in-sync replicas store it. */
  async #ping(): Promise<void> {
    if (this.#closed) throw new BusUnavailable('the bus is closed');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(reject, PING_WITHIN_MS, new BusUnavailable('Kafka did not acknowledge the message'));
    });
    try {
      await Promise.race([this.#writer.write([nextPing()]), late]);
    } finally {
      clearTimeout(timer);
    }
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await Promise.all([this.#writer.close(CLOSE_WITHIN_MS), this.#reader?.close(CLOSE_WITHIN_MS)]);
  }

  #read(): KafkaReader {
    const awaited = this.#options.group !== undefined;
    return new KafkaReader(
      parseKafkaAddress(this.#url, this.#options.topicsPrefix),
      this.#options,
      this.#passedOver,
      (channel, value, unreadable) => {
        const read = () => {
          const envelope = decodeEnvelope(value, channel);
          if (envelope === undefined) unreadable('it is not an envelope of its channel');
          return envelope;
        };
        if (awaited) return this.#receivers.handTo(channel, read);
        this.#receivers.deliver(channel, read);
        return undefined;
      },
    );
  }
}
