import { type Finding, fault, ok, unknown } from './finding.ts';

/** With a larger difference, ms, "3 minutes ago" is wrong and tokens expire early or late. */
const MAX_SKEW_MS = 2_000;

/**
 * Whether the server's clock and this one agree.
 *
 * @param open data of the event `open`.
 * @param askedAt when the stream was requested, by `performance.now()`.
 * @param at when the event arrived, by `performance.now()`.
 */
export function clock(open: unknown, askedAt: number, at: number): Finding {
  const time =
    typeof open === 'object' && open !== null && 'time' in open ? Date.parse(String(open.time)) : NaN;
  if (Number.isNaN(time)) return unknown('clock', 'The event has no time.');
  // The server wrote it between request and arrival: assume the middle, plus or minus half of the time.
  const heardAt = Date.now() - (performance.now() - at);
  const uncertain = (at - askedAt) / 2;
  const skew = heardAt - uncertain - time;
  const apart = Math.max(0, Math.abs(skew) - uncertain);
  const seconds = (apart / 1_000).toFixed(1);
  if (apart <= MAX_SKEW_MS) return ok('clock', `The server's clock and this one are ${seconds} s apart.`);
  return fault(
    'clock',
    `The server's clock is ${seconds} s ${skew > 0 ? 'behind' : 'ahead of'} this one.`,
    'Synchronize both clocks with NTP. Until then tokens expire early or late, and the times shown are wrong.',
  );
}
