/** Creates the topics of Kafka, or changes existing ones; `deploy/kafka/create-topics` runs it. */
import { busUrls, topicsPrefix } from '@carillon/bus';
import { createTopics, type TopicSettings } from '@carillon/bus/kafka-topics';
import { busUrl, ConfigError, certificateAuthority, parseConfig, secret } from '@carillon/runtime';
import { z } from 'zod';

const HOUR_MS = 60 * 60 * 1_000;
const DAY_HOURS = 24;

/** How long to wait for the brokers by default: a broker starts in seconds; a new cluster takes longer. */
const WAIT_SECONDS = 60;

/** Exit code for a wrong configuration (EX_CONFIG of sysexits.h). */
const EXIT_CONFIG = 78;

/** Topic settings by environment. The number of partitions bounds how many consumers of a group have work. */
const ENVIRONMENTS = {
  default: { partitions: 6, replicationFactor: 1, minInSyncReplicas: 1, retentionHours: 7 * DAY_HOURS },
  dev: { partitions: 1, replicationFactor: 1, minInSyncReplicas: 1, retentionHours: DAY_HOURS },
  // Three brokers: one may be down, and what was acknowledged is on two of them.
  prod: { partitions: 12, replicationFactor: 3, minInSyncReplicas: 2, retentionHours: 7 * DAY_HOURS },
} as const;

const count = z
  .string()
  .regex(/^[1-9][0-9]{0,5}$/, 'must be a number, 1 to 999999')
  .transform(Number)
  .optional();

/** The variables of create-topics. */
const topicsConfig = z.object({
  BUS_URL: busUrl(secret(busUrls)),
  TOPICS_PREFIX: topicsPrefix,
  TLS_CA_FILE: certificateAuthority,
  ENVIRONMENT: z.enum(['default', 'dev', 'prod']).default('default'),
  KAFKA_PARTITIONS: count,
  KAFKA_REPLICATION_FACTOR: count,
  KAFKA_MIN_INSYNC_REPLICAS: count,
  KAFKA_RETENTION_HOURS: count,
  /** How long to wait for a broker that is unavailable, or for enough brokers. */
  WAIT_SECONDS: count.unwrap().default(WAIT_SECONDS),
});

/** The settings of a topic from the environment. */
function settingsOf(config: z.output<typeof topicsConfig>): TopicSettings {
  const usual = ENVIRONMENTS[config.ENVIRONMENT];
  return {
    partitions: config.KAFKA_PARTITIONS ?? usual.partitions,
    replicationFactor: config.KAFKA_REPLICATION_FACTOR ?? usual.replicationFactor,
    minInSyncReplicas: config.KAFKA_MIN_INSYNC_REPLICAS ?? usual.minInSyncReplicas,
    retentionMs: (config.KAFKA_RETENTION_HOURS ?? usual.retentionHours) * HOUR_MS,
  };
}

try {
  const config = parseConfig(topicsConfig, process.env);
  const options = {
    ca: config.TLS_CA_FILE,
    topicsPrefix: config.TOPICS_PREFIX,
    withinMs: config.WAIT_SECONDS * 1_000,
  };
  const changes = await createTopics(config.BUS_URL, settingsOf(config), options);
  if (changes.length === 0) console.log('BUS_URL names no Kafka: nothing to do');
  for (const { topic, created, partitions } of changes) {
    console.log(`${topic}: ${created ? 'made' : 'is there'}, partitions: ${partitions}`);
  }
} catch (error) {
  const faults =
    error instanceof ConfigError ? error.faults : [error instanceof Error ? error.message : error];
  for (const fault of faults) console.error(`create-topics: ${fault}`);
  process.exitCode = error instanceof ConfigError ? EXIT_CONFIG : 1;
}
