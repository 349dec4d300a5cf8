/**
 * The offer that an `Accept` header prefers (RFC 9110, 12.5.1): by quality, then by how exactly it is named, then by its
 * position in the header, then by its position in `offers`. A quality of 0 means "not acceptable".
 *
 * @param accept the header's value; undefined without the header, which accepts everything.
 * @param offers media types in lower case and without parameters, the preferred one first.
 * @returns undefined if none of the offers is acceptable.
 */
export function preferredType<Offer extends string>(
  accept: string | undefined,
  offers: readonly Offer[],
): Offer | undefined {
  const ranges = parseRanges(accept ?? '*/*');
  let best: Match<Offer> | undefined;
  for (const offer of offers) {
    const match = matchOf(offer, ranges);
    if (match !== undefined && match.quality > 0 && (best === undefined || beats(match, best))) best = match;
  }
  return best?.offer;
}

/**
 * Whether a header marks this media type, or its family such as `text/*`, as "not acceptable". A header that does not
 * mention the type does not refuse it: RFC 9110 allows a server to send it anyway.
 *
 * @param accept the header's value.
 * @param type a media type in lower case and without parameters.
 */
export function refusesType(accept: string | undefined, type: string): boolean {
  const match = matchOf(type, parseRanges(accept ?? '*/*'));
  return match !== undefined && match.quality === 0;
}

/**
 * The coding that an `Accept-Encoding` header prefers (RFC 9110, 12.5.3): by its quality, or that of `*`, which must be
 * above 0; then by its position in `offers`.
 *
 * @param acceptEncoding the header's value; without the header a response is not encoded.
 * @param offers content codings in lower case, such as `gzip`, the preferred one first.
 * @returns undefined if the header accepts none of them.
 */
export function preferredCoding<Coding extends string>(
  acceptEncoding: string | undefined,
  offers: readonly Coding[],
): Coding | undefined {
  const ranges = parseRanges(acceptEncoding ?? '');
  let best: Coding | undefined;
  let most = 0;
  for (const offer of offers) {
    const range = ranges.find(({ name }) => name === offer) ?? ranges.find(({ name }) => name === '*');
    const quality = range?.quality ?? 0;
    if (quality > most) [best, most] = [offer, quality];
  }
  return best;
}

/** One element of the list. */
interface Range {
  /** In lower case: `text/html`, `text/*`, a star and a slash and a star, or a coding. */
  name: string;
  /** 0 to 1. */
  quality: number;
}

interface Match<Offer> {
  offer: Offer;
  quality: number;
  /** How exactly it was named: 2 itself, 1 its family, 0 by a wildcard for everything. */
  exactness: number;
  /** Its position in the header. */
  index: number;
}

/** More elements than any client sends; further elements are ignored. */
const MAX_RANGES = 64;

/** A quality as RFC 9110, 12.4.2 writes it. Anything else counts as 1, as if it were missing. */
const QUALITY = /;\s*q\s*=\s*(0(?:\.\d{0,3})?|1(?:\.0{0,3})?)\s*(?:;|$)/i;

function parseRanges(header: string): Range[] {
  return header
    .split(',', MAX_RANGES)
    .map((element) => ({
      name: (element.split(';', 1)[0] ?? '').trim().toLowerCase(),
      quality: Number(QUALITY.exec(element)?.[1] ?? 1),
    }))
    .filter(({ name }) => name !== '');
}

/** The range that applies to an offer: the most exact one, and among equally exact ones that of the highest quality. */
function matchOf<Offer extends string>(offer: Offer, ranges: readonly Range[]): Match<Offer> | undefined {
  const [family] = offer.split('/', 1);
  let found: Match<Offer> | undefined;
  for (const [index, { name, quality }] of ranges.entries()) {
    const exactness = [`*/*`, `${family}/*`, offer].indexOf(name);
    if (exactness < 0) continue;
    const better =
      found === undefined ||
      exactness > found.exactness ||
      (exactness === found.exactness && quality > found.quality);
    if (better) found = { offer, quality, exactness, index };
  }
  return found;
}

function beats<Offer>(one: Match<Offer>, other: Match<Offer>): boolean {
  if (one.quality !== other.quality) return one.quality > other.quality;
  if (one.exactness !== other.exactness) return one.exactness > other.exactness;
  return one.index < other.index;
}
