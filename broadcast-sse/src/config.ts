import { busUrls } from '@carillon/bus';
import { HISTORY_SCHEMES } from '@carillon/history';
import { busUrl, certificateAuthority, historyUrl, logLevel, port, secret, urlOf } from '@carillon/runtime';
import { z } from 'zod';

const PORT = 8082;
const ADMIN_PORT = 9082;

/** Readers return within this time after a stop, s: long enough that a node's thousands do not meet the others at once. */
const DRAIN_SECONDS = 5;
const MAX_DRAIN_SECONDS = 600;

/** The environment of a broadcast node as a process of its own. */
export const broadcastConfig = z.object({
  PORT: port(PORT).describe('the streams'),
  ADMIN_PORT: port(ADMIN_PORT).describe('`/healthz`, `/readyz` and `/metrics`'),
  HISTORY_URL: historyUrl(secret(urlOf(...HISTORY_SCHEMES))).describe('the store, as of chat-service'),
  BUS_URL: busUrl(secret(busUrls)).describe('the bus, as of chat-service; of several the first is read'),
  TLS_CA_FILE: certificateAuthority,
  DRAIN_SECONDS: z.coerce
    .number('must be a number')
    .min(0)
    .max(MAX_DRAIN_SECONDS)
    .default(DRAIN_SECONDS)
    .describe('after a stop, readers return within this time, in seconds'),
  LOG_LEVEL: logLevel,
});
