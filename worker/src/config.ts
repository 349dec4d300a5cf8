import { busUrls, topicsPrefix } from '@carillon/bus';
import { HISTORY_SCHEMES } from '@carillon/history';
import { JOBS_SCHEMES } from '@carillon/jobs';
import {
  busUrl,
  certificateAuthority,
  historyUrl,
  logLevel,
  onOff,
  port,
  redisUrl,
  retentionConfig,
  secret,
  urlOf,
} from '@carillon/runtime';
import { z } from 'zod';

/** The environment of the worker. */
export const workerConfig = z.object({
  ADMIN_PORT: port(9083).describe('`/healthz`, `/readyz` and `/metrics`'),
  HISTORY_URL: historyUrl(secret(urlOf(...HISTORY_SCHEMES))).describe('the store: `postgres://…`'),
  BUS_URL: busUrl(secret(busUrls)).describe(
    'the bus, which announces new events; if it names several, the first Kafka URL is read, or else the first',
  ),
  TOPICS_PREFIX: topicsPrefix,
  JOBS_URL: redisUrl(secret(urlOf(...JOBS_SCHEMES))).describe('the job queue: `redis://…` or `rediss://…`'),
  TLS_CA_FILE: certificateAuthority,
  EXPORT_DIR: z
    .string()
    .describe('the directory that exports are written to; chat-service reads them from it'),
  WEBHOOK_ALLOW_PRIVATE: onOff('off').describe(
    'whether webhooks may be sent to private addresses: `on` or `off`. For tests, and where you trust everybody who creates webhooks',
  ),
  LOG_LEVEL: logLevel,
  ...retentionConfig.shape,
});

/**
 * Consumer group of the workers if the bus is Kafka: each message is read by one worker, and they resume where they
 * left off.
 */
export const BUS_GROUP = 'carillon-worker';

/** The bus to read if there are several: Kafka keeps the position while no worker is running. */
export function busToRead(urls: string): string {
  const all = urls.trim().split(/\s+/);
  return all.find((url) => /^kafkas?:/i.test(url)) ?? all[0] ?? urls;
}
