import { CREATE_CHANNELS } from '@carillon/access';
import { MIN_SECRET_LENGTH } from '@carillon/auth';
import { busUrls, topicsPrefix } from '@carillon/bus';
import { HISTORY_SCHEMES } from '@carillon/history';
import { PRESENCE_SCHEMES } from '@carillon/presence';
import {
  busUrl,
  certificateAuthority,
  historyUrl,
  identityConfig,
  logLevel,
  number,
  onOff,
  port,
  proxyConfig,
  redisUrl,
  secret,
  tracingConfig,
  urlOf,
} from '@carillon/runtime';
import { z } from 'zod';

const PORT = 8082;
const ADMIN_PORT = 9082;

/** Readers return within this time after a stop, s: long enough that a node's thousands do not meet the others at once. */
const DRAIN_SECONDS = 5;
const MAX_DRAIN_SECONDS = 600;

/** What one address may have open here: an office behind one address, and a fortieth of what a node can hold. */
const STREAMS_PER_ADDRESS = 500;

/** A person's devices and windows; the page has one for all its tabs. */
const STREAMS_PER_PERSON = 100;

/**
 * After this time a stream's reader comes back, s: a proxy that goes on reading for somebody who has left is found out then.
 * Of 10,000 readers three come back each second.
 */
const STREAM_MAX_AGE_SECONDS = 3_600;
const MIN_STREAM_MAX_AGE_SECONDS = 60;

/** How many streams an address may have, and a person, and how old they become. */
export const streamLimitConfig = z.object({
  STREAMS_PER_ADDRESS: number()
    .int()
    .min(1)
    .default(STREAMS_PER_ADDRESS)
    .describe('streams that one IP address (or IPv6 /64) may have open on a node'),
  STREAMS_PER_PERSON: number()
    .int()
    .min(1)
    .default(STREAMS_PER_PERSON)
    .describe('streams that one person may have open on a node'),
  STREAM_MAX_AGE_SECONDS: z.coerce
    .number(`must be a number of seconds, at least ${MIN_STREAM_MAX_AGE_SECONDS}`)
    .min(MIN_STREAM_MAX_AGE_SECONDS)
    .default(STREAM_MAX_AGE_SECONDS)
    .describe(
      'the server ends a stream at 80 to 100 % of this age, in seconds, and its client resumes at once; this also ends streams that a proxy keeps open after the client has left',
    ),
});

export type StreamLimitConfig = z.output<typeof streamLimitConfig>;

/** The environment of a broadcast node as a process of its own. */
export const broadcastConfig = z.object({
  PORT: port(PORT).describe('the streams'),
  ADMIN_PORT: port(ADMIN_PORT).describe('`/healthz`, `/readyz` and `/metrics`'),
  HISTORY_URL: historyUrl(secret(urlOf(...HISTORY_SCHEMES))).describe('the store, as for chat-service'),
  BUS_URL: busUrl(secret(busUrls)).describe(
    'the bus, as for chat-service; if it names several, the first is read',
  ),
  TOPICS_PREFIX: topicsPrefix,
  PRESENCE_URL: redisUrl(secret(urlOf(...PRESENCE_SCHEMES).default('memory:'))).describe(
    'presence, typing and rate limits, as for chat-service',
  ),
  SESSION_SECRET: secret(z.string().min(MIN_SECRET_LENGTH)).describe(
    'the same as for chat-service: it verifies the sessions of readers',
  ),
  ...identityConfig.shape,
  CREATE_CHANNELS: z
    .enum(CREATE_CHANNELS)
    .default('post')
    .describe('as for chat-service: only with `post` can a channel be read before it exists'),
  RATE_LIMIT: onOff('on').describe('whether streams are limited: `on` or `off`'),
  ...streamLimitConfig.shape,
  ...proxyConfig.shape,
  TLS_CA_FILE: certificateAuthority,
  DRAIN_SECONDS: number()
    .min(0)
    .max(MAX_DRAIN_SECONDS)
    .default(DRAIN_SECONDS)
    .describe('after a stop, clients reconnect within this time, in seconds'),
  LOG_LEVEL: logLevel,
  ...tracingConfig.shape,
});
