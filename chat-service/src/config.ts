import { CREATE_CHANNELS } from '@carillon/access';
import { MIN_SECRET_LENGTH } from '@carillon/auth';
import { busUrls, topicsPrefix } from '@carillon/bus';
import { HISTORY_SCHEMES } from '@carillon/history';
import { JOBS_SCHEMES } from '@carillon/jobs';
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
  signInConfig,
  tracingConfig,
  urlOf,
  urlsOf,
} from '@carillon/runtime';
import { z } from 'zod';

/** Messages of one author in a minute: five a second is more than a person types, and enough for most programs. */
const POSTS_PER_MINUTE = 300;

/** Messages of one channel in a minute: a hundred a second is more than a person can read. */
const POSTS_PER_MINUTE_PER_CHANNEL = 6_000;

/** The limits of an author and of a channel. */
export const postLimitConfig = z.object({
  POSTS_PER_MINUTE: number()
    .int()
    .min(1)
    .default(POSTS_PER_MINUTE)
    .describe(
      'messages that one author may post per minute; all authors at one IP address together, ten times as many; callers without a session share this number per address',
    ),
  POSTS_PER_MINUTE_PER_CHANNEL: number()
    .int()
    .min(1)
    .default(POSTS_PER_MINUTE_PER_CHANNEL)
    .describe('messages that one channel accepts per minute, from all authors together'),
});

export type PostLimitConfig = z.output<typeof postLimitConfig>;

/** How channels are created. */
export const channelConfig = z.object({
  CREATE_CHANNELS: z
    .enum(CREATE_CHANNELS)
    .default('post')
    .describe(
      'how channels are created: `post` by the first post or an API call, `call` only by an API call, `moderator` only by an API call from a moderator of that name',
    ),
});

const HISTORY_URL = 'the store: `postgres://…`, or `sqlite:DIR` for one process';
const PRESENCE_URL =
  'presence, typing and rate limits: `redis://…`, `rediss://…`, or `memory:` for one process';
const BUS_URL =
  'the bus: `mqtt://…`, `mqtts://…`, `kafka://…`, `kafkas://…`, or `memory:` within one process; of several, separated by white space, all are published to';

/** The variables of the chat service when it runs as its own process. */
export const chatConfig = z.object({
  PORT: port(8081).describe('the API'),
  ADMIN_PORT: port(9081).describe('`/healthz`, `/readyz` and `/metrics`'),
  HISTORY_URL: historyUrl(secret(urlOf(...HISTORY_SCHEMES))).describe(HISTORY_URL),
  BUS_URL: busUrl(secret(busUrls)).describe(BUS_URL),
  TOPICS_PREFIX: topicsPrefix,
  PRESENCE_URL: redisUrl(secret(urlOf(...PRESENCE_SCHEMES).default('memory:'))).describe(PRESENCE_URL),
  JOBS_URL: redisUrl(secret(urlOf(...JOBS_SCHEMES).optional())).meta({
    description: 'the job queue shared with the worker: `redis://…` or `rediss://…`',
    unset: 'no webhooks and no exports',
  }),
  EXPORT_DIR: z
    .string()
    .optional()
    .meta({ description: 'where the worker writes exports', unset: 'no exports' }),
  ...channelConfig.shape,
  RATE_LIMIT: onOff('on').describe('whether posts are limited: `on` or `off`'),
  ...postLimitConfig.shape,
  ...proxyConfig.shape,
  TLS_CA_FILE: certificateAuthority,
  STREAMS_URL: urlsOf('http:', 'https:').default([]).meta({
    description:
      'for `/checks`: where streams are served, such as `http://broadcast-sse:8082`; separate several with white space',
    unset: 'not checked',
  }),
  SESSION_SECRET: secret(z.string().min(MIN_SECRET_LENGTH)).describe(
    `signs sessions; at least ${MIN_SECRET_LENGTH} characters, the same on every node`,
  ),
  ...identityConfig.shape,
  ...signInConfig.shape,
  LOG_LEVEL: logLevel,
  ...tracingConfig.shape,
});
