import { MIN_SECRET_LENGTH } from '@carillon/auth';
import { BUS_SCHEMES } from '@carillon/bus';
import { HISTORY_SCHEMES, type Retention } from '@carillon/history';
import { logLevel, port, secret, urlOf } from '@carillon/runtime';
import { z } from 'zod';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** What is kept: unset, everything. */
export const retentionConfig = z.object({
  RETAIN_DAYS: z.coerce.number('must be a number of days').positive().optional(),
  RETAIN_MESSAGES: z.coerce.number('must be a number').int().min(1).optional(),
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

/** The environment of the chat service as a process of its own. */
export const chatConfig = z.object({
  PORT: port(8081),
  ADMIN_PORT: port(9081),
  HISTORY_URL: urlOf(...HISTORY_SCHEMES),
  BUS_URL: urlOf(...BUS_SCHEMES),
  SESSION_SECRET: secret(z.string().min(MIN_SECRET_LENGTH)),
  LOG_LEVEL: logLevel,
  ...retentionConfig.shape,
});
