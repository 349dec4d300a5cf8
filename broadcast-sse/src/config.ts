import { BUS_SCHEMES } from '@carillon/bus';
import { HISTORY_SCHEMES } from '@carillon/history';
import { logLevel, port, secret, urlOf } from '@carillon/runtime';
import { z } from 'zod';

const PORT = 8082;
const ADMIN_PORT = 9082;

/** Readers return within this time after a stop, s: long enough that a node's thousands do not meet the others at once. */
const DRAIN_SECONDS = 5;
const MAX_DRAIN_SECONDS = 600;

/** The environment of a broadcast node as a process of its own. */
export const broadcastConfig = z.object({
  PORT: port(PORT),
  ADMIN_PORT: port(ADMIN_PORT),
  HISTORY_URL: secret(urlOf(...HISTORY_SCHEMES)),
  BUS_URL: secret(urlOf(...BUS_SCHEMES)),
  DRAIN_SECONDS: z.coerce.number('must be a number').min(0).max(MAX_DRAIN_SECONDS).default(DRAIN_SECONDS),
  LOG_LEVEL: logLevel,
});
