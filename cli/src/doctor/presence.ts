import { call } from './call.ts';
import type { Target } from './target.ts';

/**
 * The number of streams and people that Carillon counts on the target's channel.
 *
 * @returns undefined if it does not report it.
 * @throws as `call`.
 */
export async function countReaders(target: Target): Promise<number | undefined> {
  const { status, json } = await call(target, `/v1/channels/${encodeURIComponent(target.channel)}/presence`);
  const { anonymous, count } = json ?? {};
  return status === 200 && typeof anonymous === 'number' && typeof count === 'number'
    ? anonymous + count
    : undefined;
}
