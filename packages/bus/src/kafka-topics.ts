import { setTimeout as sleep } from 'node:timers/promises';
import type { Admin } from 'kafkajs';
import { MAX_ENVELOPE_BYTES } from './envelope.ts';
import { type KafkaAddress, parseKafkaAddress } from './kafka-address.ts';
import { KafkaClient, RETRY } from './kafka-client.ts';
import { reasonOf } from './kafka-error.ts';

/** Besides the envelope its key, and the headers of its record and batch: a few hundred bytes. */
const MAX_MESSAGE_BYTES = MAX_ENVELOPE_BYTES + 16 * 1024;

export interface TopicSettings {
  /**
   * How many members can share the work of a group. The number can only grow: removing a partition would lose its
   * messages.
   */
  partitions: number;
  /** On how many brokers each message is stored. For an existing topic it stays unchanged. */
  replicationFactor: number;
  /** How long a message is kept. */
  retentionMs: number;
  /** How many replicas must have a message before it is acknowledged. */
  minInSyncReplicas: number;
}

/** What was done to a topic. */
export interface TopicChange {
  topic: string;
  created: boolean;
  partitions: number;
}

/** Pause between attempts while the broker is unavailable, ms. */
const TRY_EVERY_MS = 500;

/**
 * Creates the topic of each Kafka in a BUS_URL according to `settings`, or changes an existing topic: more partitions,
 * other retention; its other settings stay. Running it again changes nothing. Waits up to `withinMs` for unavailable
 * brokers, then rejects with the reason. Throws TypeError if a URL is not valid.
 */
export async function createTopics(
  urls: string,
  settings: TopicSettings,
  options: { ca?: string | undefined; withinMs: number; topicsPrefix?: string | undefined },
): Promise<TopicChange[]> {
  const named = urls.split(/\s+/).filter((url) => /^kafkas?:/i.test(url));
  return Promise.all(
    named.map((url) => createTopic(parseKafkaAddress(url, options.topicsPrefix), settings, options)),
  );
}

async function createTopic(
  address: KafkaAddress,
  settings: TopicSettings,
  { ca, withinMs }: { ca?: string | undefined; withinMs: number },
): Promise<TopicChange> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const client = new KafkaClient(address, { ca, onLost: () => {} });
    const admin = client.kafka.admin({ retry: RETRY });
    try {
      await admin.connect();
      return await settle(admin, address.topic, settings);
    } catch (error) {
      if (Date.now() > deadline) throw new Error(reasonOf(error, address.topic), { cause: error });
    } finally {
      client.end('done');
    }
    await sleep(TRY_EVERY_MS);
  }
}

async function settle(admin: Admin, topic: string, settings: TopicSettings): Promise<TopicChange> {
  const { partitions, replicationFactor } = settings;
  const config = {
    'retention.ms': String(settings.retentionMs),
    'min.insync.replicas': String(settings.minInSyncReplicas),
    'max.message.bytes': String(MAX_MESSAGE_BYTES),
    'cleanup.policy': 'delete',
    // Store batches as they are written, whatever the broker's default: few clients read every compression, and kafkajs
    // does not.
    'compression.type': 'producer',
  };
  const entries = Object.entries(config).map(([name, value]) => ({ name, value }));
  const created = await admin.createTopics({
    topics: [{ topic, numPartitions: partitions, replicationFactor, configEntries: entries }],
  });
  if (!created) await alterConfig(admin, topic, config);
  const found = await admin.fetchTopicMetadata({ topics: [topic] });
  const existing = found.topics[0]?.partitions.length ?? 0;
  if (existing < partitions)
    await admin.createPartitions({ topicPartitions: [{ topic, count: partitions }] });
  return { topic, created, partitions: Math.max(existing, partitions) };
}

/**
 * The protocol's numbers for a topic, and for a setting that was made for one topic; kafkajs has no names for them that
 * ESM can import.
 */
const TOPIC = 2;
const SET_FOR_TOPIC = 1;

/**
 * Settings that are not listed would fall back to the broker's default: so the topic's other settings are listed
 * unchanged.
 */
async function alterConfig(admin: Admin, topic: string, config: Record<string, string>): Promise<void> {
  const { resources } = await admin.describeConfigs({
    resources: [{ type: TOPIC, name: topic }],
    includeSynonyms: false,
  });
  const own = (resources[0]?.configEntries ?? []).filter(
    ({ configSource }) => configSource === SET_FOR_TOPIC,
  );
  const all = {
    ...Object.fromEntries(own.map(({ configName, configValue }) => [configName, configValue])),
    ...config,
  };
  const configEntries = Object.entries(all).map(([name, value]) => ({ name, value }));
  await admin.alterConfigs({ validateOnly: false, resources: [{ type: TOPIC, name: topic, configEntries }] });
}
