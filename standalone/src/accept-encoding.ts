import { parseAccept } from 'hono/utils/accept';

/**
 * The coding of `offered`, best first, that a client takes by its `Accept-Encoding` (RFC 9110, 12.5.3): the one it likes most, of several
 * the first. Undefined for none: there is no header, or it refuses them (`gzip;q=0`, `*;q=0`).
 */
export function acceptedEncoding<Coding extends string>(
  header: string | undefined,
  offered: readonly Coding[],
): Coding | undefined {
  if (header === undefined) return undefined;
  const taken = parseAccept(header);
  const weightOf = (coding: string) =>
    (taken.find(({ type }) => type.toLowerCase() === coding) ?? taken.find(({ type }) => type === '*'))?.q ??
    0;
  let best: Coding | undefined;
  let weight = 0;
  for (const coding of offered) {
    const own = weightOf(coding);
    if (own > weight) [best, weight] = [coding, own];
  }
  return best;
}
