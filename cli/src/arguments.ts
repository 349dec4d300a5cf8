import { CHANNEL_PATTERN } from '@carillon/client';
import { EXIT, Failure } from './exit.ts';

/**
 * The channel argument of a command.
 *
 * @throws Failure if it is missing or not a channel name.
 */
export function channelOf(name: string | undefined): string {
  if (name === undefined) throw new Failure(EXIT.usage, 'give a channel, such as lobby');
  if (!CHANNEL_PATTERN.test(name))
    throw new Failure(
      EXIT.usage,
      `${name} is not a channel name: use a-z, 0-9, - and _, at most 64 characters`,
    );
  return name;
}

/**
 * Milliseconds of a duration such as `30s`, `15m`, `1h` or `7d`.
 *
 * @throws Failure if it is not a duration.
 */
export function durationOf(text: string): number {
  const [, count, unit = ''] = /^([1-9]\d{0,6})([smhd])$/.exec(text) ?? [];
  const ms = UNITS[unit];
  if (ms === undefined)
    throw new Failure(EXIT.usage, `${text} is not a duration: use a form such as 30s, 15m, 1h or 7d`);
  return Number(count) * ms;
}

const UNITS: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Joins `--since -20` to one argument: parseArgs takes `-20` for an option, and people write it this way. */
export function joinNegative(args: readonly string[], option: string): string[] {
  const joined: string[] = [];
  for (let index = 0; index < args.length; index++) {
    const [arg = '', next = ''] = args.slice(index, index + 2);
    const joins = arg === option && /^-\d/.test(next);
    joined.push(joins ? `${arg}=${next}` : arg);
    if (joins) index++;
  }
  return joined;
}
