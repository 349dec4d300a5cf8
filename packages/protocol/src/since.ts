import { z } from 'zod';

/** Where a stream without a cursor starts. */
export type Since =
  | { kind: 'latest' }
  | { kind: 'earliest' }
  /** The last `count` events. */
  | { kind: 'count'; count: number }
  /** The events of the last `ms` milliseconds. */
  | { kind: 'age'; ms: number };

const UNIT_MS = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Parses `latest`, `earliest`, `-20` or `10m` (s, m, h, d). */
export const since = z.string().transform((text, context): Since => {
  if (text === 'latest' || text === 'earliest') return { kind: text };
  const count = /^-([0-9]{1,6})$/.exec(text);
  if (count) return { kind: 'count', count: Number(count[1]) };
  const age = /^([1-9][0-9]{0,5})([smhd])$/.exec(text);
  if (age) return { kind: 'age', ms: Number(age[1]) * UNIT_MS[age[2] as keyof typeof UNIT_MS] };
  context.addIssue({
    code: 'custom',
    message: 'must be "latest", "earliest", a count such as -20 or an age such as 10m',
  });
  return z.NEVER;
});
