import type { LogEvent } from '@carillon/protocol';
import { type Bus, type BusLink, BusUnavailable, PING_WITHIN_MS, type Receiver, type Traces } from './bus.ts';
import { decodeEnvelope, encodeEnvelopes } from './envelope.ts';
import { parseKafkaAddress } from './kafka-address.ts';
import { KafkaReader } from './kafka-reader.ts';
import { KafkaWriter } from './kafka-writer.ts';
import { linkOf } from './link-of.ts';
import type { BusOptions } from './options.ts';
import { Receivers } from './receivers.ts';

/** What is under way when the bus is closed gets this long. */
const CLOSE_WITHIN_MS = 1_000;

/**
 * A bus over a topic of Kafka, keyed by channel, so that a channel's envelopes stand in one partition, in order. `url` is
 * `kafka://[user:password@]host[:port][,host[:port]…][/topic]`, or `kafkas://` for TLS; a user comes by
 * SCRAM-SHA-512. Throws TypeError where it is no such URL.
 */
export function openKafkaBus(url: string, options: BusOptions = {}): Bus {
  return new KafkaBus(url, options);
}

/** The value of a ping, for whoever reads the topic. */
const PING = '{"check":"ping"}';

class KafkaBus implements Bus {
  readonly #url: string;
  readonly #options: BusOptions;
  readonly #receivers = new Receivers();
  readonly #writer: KafkaWriter;
  /** Only where somebody subscribes. */
  #reader: KafkaReader | undefined;
  #closed = false;

  constructor(url: string, options: BusOptions) {
    this.#url = url;
    this.#options = options;
    this.#writer = new KafkaWriter(parseKafkaAddress(url, options.topicsPrefix), options);
  }

  get connected(): boolean {
    return !this.#closed && this.#writer.stands && (this.#reader?.stands ?? true);
  }

  async publish(channel: string, events: readonly LogEvent[], traces?: Traces): Promise<void> {
    if (this.#closed) throw new BusUnavailable('the bus is closed');
    await this.#writer.write(channel, encodeEnvelopes(channel, events, traces));
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

  /** A record that is no envelope, without a key: so it goes to any of the partitions. All replicas in sync store it. */
  async #ping(): Promise<void> {
    if (this.#closed) throw new BusUnavailable('the bus is closed');
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
      timer = setTimeout(
        reject,
        PING_WITHIN_MS,
        new BusUnavailable('Kafka did not acknowledge what was written'),
      );
    });
    try {
      await Promise.race([this.#writer.write(null, [PING]), late]);
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
      (channel, value) => {
        const read = () => decodeEnvelope(value, channel);
        if (awaited) return this.#receivers.handTo(channel, read);
        this.#receivers.deliver(channel, read);
        return undefined;
      },
    );
  }
}
