import { MIN_SECRET_LENGTH } from '@carillon/auth';
import { BUS_SCHEMES } from '@carillon/bus';
import { retentionConfig } from '@carillon/chat-service';
import { HISTORY_SCHEMES } from '@carillon/history';
import { logLevel, onOff, port, secret, urlOf } from '@carillon/runtime';
import { z } from 'zod';

/** The port of the page, the API and the streams. */
const PORT = 8080;

/** Health and metrics, for this machine only. */
const ADMIN_PORT = 8081;

/** Longer than this nobody waits for a laptop's process to stop, s. */
const MAX_DRAIN_SECONDS = 60;

/** Everything `npm start` can be told by the environment. What is unset is embedded in this process. */
export const standaloneConfig = z.object({
  PORT: port(PORT),
  /** The address to listen at; all of this machine's where unset. */
  HOST: z.string().optional(),
  ADMIN_PORT: port(ADMIN_PORT),
  /** The embedded broker's. Where unset it is 1883, or any that is free. */
  MQTT_PORT: z.coerce.number('must be a number').int().min(0).max(65_535).optional(),
  DATA_DIR: z.string().default('./data'),
  HISTORY_URL: secret(urlOf(...HISTORY_SCHEMES).optional()),
  BUS_URL: secret(urlOf(...BUS_SCHEMES).optional()),
  SESSION_SECRET: secret(z.string().min(MIN_SECRET_LENGTH).optional()),
  HELLO_BOT: onOff('on'),
  HELLO_CHANNEL: z.string().default('hello'),
  /** Readers return within this time after a stop, seconds. */
  DRAIN_SECONDS: z.coerce.number('must be a number').min(0).max(MAX_DRAIN_SECONDS).default(2),
  LOG_LEVEL: logLevel,
  ...retentionConfig.shape,
});

export type StandaloneConfig = z.output<typeof standaloneConfig>;
