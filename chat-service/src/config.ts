import { MIN_SECRET_LENGTH } from '@carillon/auth';
import { busUrls } from '@carillon/bus';
import { HISTORY_SCHEMES, type Retention } from '@carillon/history';
import { busUrl, certificateAuthority, historyUrl, logLevel, port, secret, urlOf } from '@carillon/runtime';
import { z } from 'zod';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** What is kept: unset, everything. */
export const retentionConfig = z.object({
  RETAIN_DAYS: z.coerce
    .number('must be a number of days')
    .positive()
    .optional()
    .meta({ description: 'messages older than this, in days, are dropped', unset: 'all are kept' }),
  RETAIN_MESSAGES: z.coerce.number('must be a number').int().min(1).optional().meta({
    description: 'of each channel only this many of its newest messages are kept',
    unset: 'all are kept',
  }),
});

/** The bounds that the environment sets; undefined where all is kept. */
export function retentionOf(config: z.infer<typeof retentionConfig>): Retention | undefined {
  const { RETAIN_DAYS: days, RETAIN_MESSAGES: maxCount } = config;
  if (days === undefined && maxCount === undefined) return undefined;
  return {
    ...(days !== undefined && { maxAgeMs: Math.round(days * DAY_MS) }),
    ...(maxCount !== undefined && { maxCount }),
  };
}

const HISTORY_URL = 'the store: `postgres://…`, or `pglite://DIR` for one process';
const BUS_URL =
  'the bus: `mqtt://…`, `mqtts://…`, `kafka://…`, `kafkas://…`, or `memory:` within one process; of several, separated by white space, all are published to';

/** The environment of the chat service as a process of its own. */
export const chatConfig = z.object({
  PORT: port(8081).describe('the API'),
  ADMIN_PORT: port(9081).describe('`/healthz`, `/readyz` and `/metrics`'),
  HISTORY_URL: historyUrl(secret(urlOf(...HISTORY_SCHEMES))).describe(HISTORY_URL),
  BUS_URL: busUrl(secret(busUrls)).describe(BUS_URL),
  TLS_CA_FILE: certificateAuthority,
  SESSION_SECRET: secret(z.string().min(MIN_SECRET_LENGTH)).describe(
    `signs guest sessions; ${MIN_SECRET_LENGTH} characters at least, the same on every node`,
  ),
  LOG_LEVEL: logLevel,
  ...retentionConfig.shape,
});
