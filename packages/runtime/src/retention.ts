/** The variables of retention, for the process that deletes old messages. */
import { z } from 'zod';
import { number } from './fields.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;

/** The bounds of what is kept; if unset, everything. */
export const retentionConfig = z.object({
  RETAIN_DAYS: number('must be a number of days')
    .positive()
    .optional()
    .meta({ description: 'messages older than this many days are deleted', unset: 'all messages are kept' }),
  RETAIN_MESSAGES: number().int().min(1).optional().meta({
    description: 'only this many of the newest messages of each channel are kept',
    unset: 'all messages are kept',
  }),
});

/** Returns the bounds from the environment in the form that a store takes, ages in ms; undefined if everything is kept. */
export function retentionOf(
  config: z.infer<typeof retentionConfig>,
): { maxAgeMs?: number; maxCount?: number } | undefined {
  const { RETAIN_DAYS: days, RETAIN_MESSAGES: maxCount } = config;
  if (days === undefined && maxCount === undefined) return undefined;
  return {
    ...(days !== undefined && { maxAgeMs: Math.round(days * DAY_MS) }),
    ...(maxCount !== undefined && { maxCount }),
  };
}
