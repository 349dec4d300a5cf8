import { MIN_SECRET_LENGTH } from '@carillon/auth';
import { streamLimitConfig } from '@carillon/broadcast-sse';
import { busUrls, topicsPrefix } from '@carillon/bus';
import { channelConfig, postLimitConfig } from '@carillon/chat-service';
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
  retentionConfig,
  secret,
  signInConfig,
  tracingConfig,
  urlOf,
} from '@carillon/runtime';
import { z } from 'zod';

/** The port of the page, the API and the streams. */
const PORT = 8080;

/** Health and metrics, for this machine only. */
const ADMIN_PORT = 8081;

/** The longest drain, s: a process on a laptop should not take longer to stop. */
const MAX_DRAIN_SECONDS = 60;

/** All variables of `npm start`. Parts whose URL is unset are embedded in this process. */
export const standaloneConfig = z.object({
  PORT: port(PORT).describe('the page, the API and the streams'),
  HOST: z
    .string()
    .optional()
    .meta({ description: 'the address to listen on', unset: 'all addresses of this machine' }),
  ADMIN_PORT: port(ADMIN_PORT).describe('`/healthz`, `/readyz` and `/metrics`, for this machine only'),
  MQTT_PORT: number()
    .int()
    .min(0)
    .max(65_535)
    .optional()
    .meta({ description: 'the port of the embedded MQTT broker', unset: '`1883`, or any free port' }),
  DATA_DIR: z
    .string()
    .default('./data')
    .describe('the directory of the embedded database and of the secret that signs sessions'),
  HISTORY_URL: historyUrl(secret(urlOf(...HISTORY_SCHEMES).optional())).meta({
    description: 'the store: `postgres://…` or `sqlite:DIR`',
    unset: 'embedded',
  }),
  BUS_URL: busUrl(secret(busUrls.optional())).meta({
    description:
      'the bus: `mqtt://…`, `mqtts://…`, `kafka://…`, `kafkas://…` or `memory:`; separate several with white space',
    unset: 'embedded',
  }),
  TOPICS_PREFIX: topicsPrefix,
  PRESENCE_URL: redisUrl(secret(urlOf(...PRESENCE_SCHEMES).default('memory:'))).describe(
    'presence, typing and rate limits: `redis://…`, `rediss://…` or `memory:`',
  ),
  // Off by default: here mostly your own programs post, and all have the address of your own machine.
  RATE_LIMIT: onOff('off').describe('whether posts and streams are limited: `on` or `off`'),
  ...channelConfig.shape,
  ...postLimitConfig.shape,
  ...streamLimitConfig.shape,
  ...proxyConfig.shape,
  TLS_CA_FILE: certificateAuthority,
  SESSION_SECRET: secret(z.string().min(MIN_SECRET_LENGTH).optional()).meta({
    description: `signs sessions; at least ${MIN_SECRET_LENGTH} characters`,
    unset: 'created on the first start',
  }),
  ...identityConfig.shape,
  ...signInConfig.shape,
  HELLO_BOT: onOff('on').describe('the bot that says `Hello world`: `on` or `off`'),
  HELLO_CHANNEL: z.string().default('hello').describe("the bot's channel"),
  DRAIN_SECONDS: number()
    .min(0)
    .max(MAX_DRAIN_SECONDS)
    .default(2)
    .describe('after a stop, clients reconnect within this time, in seconds'),
  LOG_LEVEL: logLevel,
  ...tracingConfig.shape,
  ...retentionConfig.shape,
});

export type StandaloneConfig = z.output<typeof standaloneConfig>;
