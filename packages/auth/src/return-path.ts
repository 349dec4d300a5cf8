/** A path of a page: no more than what a browser's address holds. */
const MAX_RETURN_LENGTH = 2_000;

/** Any origin: only whether one leaves it is looked at. */
const HERE = 'http://here.invalid';

/**
 * A path of this origin to which a browser may be led, as it is to stand in `Location`; undefined where the text leads anywhere
 * else, however it is written: what counts is what a browser makes of it (WHATWG URL), which drops tabs and takes `\` for `/`.
 */
export function returnPath(text: string): string | undefined {
  if (text.length > MAX_RETURN_LENGTH || !text.startsWith('/') || !URL.canParse(text, HERE)) return undefined;
  const url = new URL(text, HERE);
  const path = `${url.pathname}${url.search}${url.hash}`;
  // `/.//evil.example` is of this origin, and its path is another's address.
  return url.origin === HERE && !path.startsWith('//') ? path : undefined;
}
