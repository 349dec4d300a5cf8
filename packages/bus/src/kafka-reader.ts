import { randomBytes } from 'node:crypto';
import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload, KafkaMessage } from 'kafkajs';
import { DEFAULT_TOPIC, type KafkaAddress } from './kafka-address.ts';
import { type KafkaClient, RETRY } from './kafka-client.ts';
import { KafkaLink } from './kafka-link.ts';
import { isPing } from './kafka-ping.ts';
import { unreadableOf } from './kafka-records.ts';
import type { BusOptions } from './options.ts';
import type { PassedOver } from './passed-over.ts';

/** How long a broker holds an idle fetch: closing waits for it, and so does detecting that the broker is alive. */
const FETCH_WAIT_MS = 500;

/** Session timeout of a member; brokers allow at least 6 s. */
const SESSION_TIMEOUT_MS = 10_000;

/** How long the other members of a group may take to rejoin after one joined or left. */
const REBALANCE_TIMEOUT_MS = 5_000;

const HEARTBEAT_INTERVAL_MS = 2_000;

/** Partitions that were added to the topic are read within this time. */
const METADATA_MAX_AGE_MS = 60_000;

/** The API key of a fetch (Kafka protocol guide, "Api Keys"). */
const FETCH = 1;

/**
 * Called for each message, in order within a partition. In a group its promise is awaited, and the message repeated if
 * it rejects. It calls `unreadable` if it cannot read the value.
 */
export type TakeMessage = (
  key: string,
  value: Uint8Array,
  unreadable: (reason: string) => void,
) => Promise<void> | undefined;

/**
 * Reads a topic. With `group` it is a member of that group, which stores its offsets at the broker. Without, it reads
 * all messages from now on, in a group of its own, because kafkajs reads in groups only. Such a group has a random name
 * for each connection (a group of the old name would wait for its dead member), commits nothing, and keeps its offsets
 * here. The broker deletes it within minutes of its end, as it deletes all empty groups without offsets.
 */
export class KafkaReader {
  readonly #topic: string;
  /** With the topic in its name, unless it is the default topic. */
  readonly #group: string | undefined;
  readonly #take: TakeMessage;
  readonly #passedOver: PassedOver;
  readonly #link: KafkaLink<Consumer>;
  /** The next offset of each partition, without a group. */
  readonly #positions = new Map<number, number>();
  /** When reading was requested, by this machine's clock. */
  readonly #since = Date.now();
  #tries = 0;

  constructor(address: KafkaAddress, options: BusOptions, passedOver: PassedOver, take: TakeMessage) {
    this.#topic = address.topic;
    this.#group = options.group && groupOf(options.group, address.topic);
    this.#take = take;
    this.#passedOver = passedOver;
    this.#link = new KafkaLink(address, options, {
      purpose: 'subscribe',
      open: (client, lost) => this.#open(client, lost),
    });
  }

  get stands(): boolean {
    return this.#link.current !== undefined;
  }

  /** Resolves when it reads, or the current attempt failed. */
  tried(): Promise<void> {
    return this.#link.tried();
  }

  /**
   * Stops reading. A member of a group leaves it properly, within `withinMs`, so that the others do not wait for its
   * session to end.
   */
  async close(withinMs: number): Promise<void> {
    const consumer = this.#link.current;
    if (this.#group !== undefined && consumer !== undefined) {
      const left = consumer.disconnect().catch(() => {}); // Without leaving, its session ends by timeout.
      let late: NodeJS.Timeout | undefined;
      await Promise.race([left, new Promise((resolve) => (late = setTimeout(resolve, withinMs)))]);
      clearTimeout(late);
    }
    this.#link.close();
  }

  async #open(client: KafkaClient, lost: (reason: unknown) => void): Promise<Consumer> {
    this.#tries++;
    const shared = this.#group !== undefined;
    const consumer = client.kafka.consumer({
      groupId: this.#group ?? `carillon-${randomBytes(12).toString('hex')}`,
      sessionTimeout: SESSION_TIMEOUT_MS,
      rebalanceTimeout: REBALANCE_TIMEOUT_MS,
      heartbeatInterval: HEARTBEAT_INTERVAL_MS,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      metadataMaxAge: METADATA_MAX_AGE_MS,
      allowAutoTopicCreation: false,
      retry: { ...RETRY, restartOnFailure: async () => false },
    });
    const { events } = consumer;
    const reads = untilItReads(consumer, this.#topic);
    consumer.on(events.GROUP_JOIN, (event) => {
      if (!shared) this.#seek(consumer, event);
    });
    consumer.on(events.CRASH, ({ payload }) => lost(payload.error));
    consumer.on(events.REQUEST_TIMEOUT, () => lost('it stopped responding'));

    await consumer.connect();
    await consumer.subscribe({ topic: this.#topic, fromBeginning: shared });
    if (!shared && this.#positions.size === 0) await this.#start(client);
    await consumer.run({
      autoCommit: shared,
      eachBatch: (payload) => (shared ? this.#takeForGroup(payload) : this.#takeForOwn(payload)),
    });
    await reads;
    return consumer;
  }

  /**
   * Runs before the group is joined: kafkajs would start at the head of its first fetch, and again after each join. If
   * the broker was unavailable at first, messages written since then are included.
   */
  async #start({ kafka }: KafkaClient): Promise<void> {
    const admin = kafka.admin({ retry: RETRY });
    await admin.connect();
    const offsets = await (this.#tries === 1
      ? admin.fetchTopicOffsets(this.#topic)
      : admin.fetchTopicOffsetsByTimestamp(this.#topic, this.#since));
    for (const { partition, offset } of offsets) this.#positions.set(partition, Number(offset));
    await admin.disconnect();
  }

  #seek(consumer: Consumer, { payload }: ConsumerGroupJoinEvent): void {
    for (const partition of payload.memberAssignment[this.#topic] ?? []) {
      // A partition that was added later is read from its beginning.
      const offset = String(this.#positions.get(partition) ?? 0);
      consumer.seek({ topic: this.#topic, partition, offset });
    }
  }

  async #takeForOwn({ batch }: EachBatchPayload): Promise<void> {
    for (const message of batch.messages) void this.#takeOne(message, batch.partition);
    this.#positions.set(batch.partition, Number(batch.lastOffset()) + 1);
  }

  /** The offsets are committed when this resolves; if it rejects, the batch is delivered again. */
  async #takeForGroup({ batch, heartbeat }: EachBatchPayload): Promise<void> {
    const beat = setInterval(() => heartbeat().catch(() => {}), HEARTBEAT_INTERVAL_MS);
    try {
      await Promise.all(batch.messages.map((message) => this.#takeOne(message, batch.partition)));
    } finally {
      clearInterval(beat);
    }
  }

  #takeOne(record: KafkaMessage, partition: number): Promise<void> | undefined {
    const { offset, value } = record;
    const key = record.key?.toString();
    const passOver = (reason: string, count = 1) =>
      this.#passedOver.note('unreadable', { partition, offset, reason }, count);
    const unreadable = unreadableOf(record);
    if (unreadable !== undefined) passOver(unreadable.reason, unreadable.count);
    else if (isPing(key, value)) return undefined;
    else if (key === undefined || value === null) passOver('the record has no key or no value');
    else return this.#take(key, value, passOver);
    return undefined;
  }
}

/**
 * Resolves once the first fetch was answered, rejects if it fails. Joining alone proves little: a member may lack the
 * right to read the topic, and a bad batch may end the consumer at once.
 */
function untilItReads(consumer: Consumer, topic: string): Promise<void> {
  const { events } = consumer;
  // Without partitions there is nothing to fetch; and kafkajs also reports a fetch whose connection was closed.
  let answered = false;
  const reads = new Promise<void>((resolve, reject) => {
    consumer.on(events.GROUP_JOIN, ({ payload }) => {
      if ((payload.memberAssignment[topic] ?? []).length === 0) answered = true;
    });
    consumer.on(events.REQUEST, ({ payload }) => {
      if (payload.apiKey === FETCH) answered = true;
    });
    consumer.on(events.FETCH, () => {
      if (answered) resolve();
    });
    consumer.on(events.CRASH, ({ payload }) => reject(payload.error));
  });
  // Awaited later: an earlier step may fail as well.
  reads.catch(() => {});
  return reads;
}

/**
 * Members of one group must read the same topic: a member that reads another topic would take partitions and leave them
 * unread.
 */
function groupOf(name: string, topic: string): string {
  return topic === DEFAULT_TOPIC ? name : `${name}-${topic}`;
}
