import { randomBytes } from 'node:crypto';
import type { Consumer, ConsumerGroupJoinEvent, EachBatchPayload, KafkaMessage } from 'kafkajs';
import { DEFAULT_TOPIC, type KafkaAddress } from './kafka-address.ts';
import { type KafkaClient, RETRY } from './kafka-client.ts';
import { KafkaLink } from './kafka-link.ts';
import { isPing } from './kafka-ping.ts';
import { unreadableOf } from './kafka-records.ts';
import type { BusOptions } from './options.ts';
import type { PassedOver } from './passed-over.ts';

/** An idle fetch is answered after this long: a close waits for it, and so does the sign that the broker lives. */
const FETCH_WAIT_MS = 500;

/** A member that is gone without a word is given up after this long; brokers allow no less than 6 s. */
const SESSION_TIMEOUT_MS = 10_000;

/** The others of a group get this long to join again after one came or went. */
const REBALANCE_TIMEOUT_MS = 5_000;

const HEARTBEAT_INTERVAL_MS = 2_000;

/** Partitions that were added to the topic are read after this long at the latest. */
const METADATA_MAX_AGE_MS = 60_000;

/** The protocol's number of a fetch (Kafka protocol guide, "Api Keys"). */
const FETCH = 1;

/**
 * Called for each message, in order within a partition. In a group what it returns is awaited, and repeated where it rejects.
 * It calls `unreadable` where it cannot read the value.
 */
export type TakeMessage = (
  key: string,
  value: Uint8Array,
  unreadable: (reason: string) => void,
) => Promise<void> | undefined;

/**
 * Reads a topic: with `group` as a member of that group, which keeps its place at the broker; without it all that
 * is written from now on, in a group of its own, since kafkajs reads in groups only. Such a group is made of a random
 * name for each connection (one of the old name would wait for its dead member), commits nothing, and keeps its
 * place here. The broker forgets it within minutes of its end, as it does all groups that are empty and have no offsets.
 */
export class KafkaReader {
  readonly #topic: string;
  /** With the topic in its name, but for the default one. */
  readonly #group: string | undefined;
  readonly #take: TakeMessage;
  readonly #passedOver: PassedOver;
  readonly #link: KafkaLink<Consumer>;
  /** The next offset of each partition, without a group. */
  readonly #positions = new Map<number, number>();
  /** When it was to begin, by this machine's clock. */
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

  /** Resolves when it reads, or the try that is under way failed. */
  tried(): Promise<void> {
    return this.#link.tried();
  }

  /** Ends it. A member of a group leaves it in good order, within `withinMs`: so the others need not wait for its session to end. */
  async close(withinMs: number): Promise<void> {
    const consumer = this.#link.current;
    if (this.#group !== undefined && consumer !== undefined) {
      const left = consumer.disconnect().catch(() => {}); // Without a goodbye its session ends by itself.
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
    consumer.on(events.REQUEST_TIMEOUT, () => lost('it has stopped to answer'));

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
   * Before the group is joined: kafkajs would begin at whatever is the head at its first fetch, and again after each join.
   * Where the broker was away at first, what was written since then counts too.
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
      // One that was added since the start is read from its beginning.
      const offset = String(this.#positions.get(partition) ?? 0);
      consumer.seek({ topic: this.#topic, partition, offset });
    }
  }

  async #takeForOwn({ batch }: EachBatchPayload): Promise<void> {
    for (const message of batch.messages) void this.#takeOne(message, batch.partition);
    this.#positions.set(batch.partition, Number(batch.lastOffset()) + 1);
  }

  /** The offsets are committed when this resolves; where it rejects the batch comes again. */
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
    else if (key === undefined || value === null) passOver('it has no key or no value');
    else return this.#take(key, value, passOver);
    return undefined;
  }
}

/**
 * Resolves once a first fetch was answered, rejects where it comes to nothing. To have joined proves little: who may join a group need not be
 * allowed to read the topic, and what is read may end the consumer at once.
 */
function untilItReads(consumer: Consumer, topic: string): Promise<void> {
  const { events } = consumer;
  // Without partitions there is nothing to fetch; and kafkajs tells of a fetch, too, where its connection was closed.
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
  // Awaited later: what comes before may fail as well.
  reads.catch(() => {});
  return reads;
}

/** Members of one group have to read the same topic: one that reads another takes partitions and leaves them unread. */
function groupOf(name: string, topic: string): string {
  return topic === DEFAULT_TOPIC ? name : `${name}-${topic}`;
}
