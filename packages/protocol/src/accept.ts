/**
 * Gives the offer that an `Accept` header prefers (RFC 9110, 12.5.1): the one of the highest quality, then the one that is
 * named most exactly, then the one that is named first, then ours that stands first. A quality of 0 is "not acceptable".
 *
 * @param accept the header's value; undefined where there is none, which accepts all.
 * @param offers media types in lower case and without parameters, our favourite first.
 * @returns undefined where none of the offers is acceptable.
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
 * Whether a header names this media type, or a family of it such as `text/*`, and says "not acceptable" of it. A header that
 * does not mention the type says nothing of the kind: RFC 9110 leaves it to us to answer all the same.
 *
 * @param accept the header's value. @param type a media type in lower case and without parameters.
 */
export function refusesType(accept: string | undefined, type: string): boolean {
  const match = matchOf(type, parseRanges(accept ?? '*/*'));
  return match !== undefined && match.quality === 0;
}

/**
 * The coding that an `Accept-Encoding` header likes most (RFC 9110, 12.5.3): named with a quality above 0, or by `*`; of several that it
 * likes equally ours that stands first.
 *
 * @param acceptEncoding the header's value; where there is none, an answer stays as it is.
 * @param offers content codings in lower case, such as `gzip`, our favourite first.
 * @returns undefined where it takes none of them.
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
  /** How exactly it was named: 2 itself, 1 its family, 0 anything. */
  exactness: number;
  /** Where in the header. */
  index: number;
}

/** More elements than any client sends; what stands behind them is not read. */
const MAX_RANGES = 64;

/** A quality as RFC 9110, 12.4.2 writes it. Anything else counts as 1, as if it were not there. */
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

/** What the ranges say of an offer: the most exact one counts, and of several that are as exact the kindest. */
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
