/** A page path is never longer than an address in a browser. */
const MAX_RETURN_LENGTH = 2_000;

/** An arbitrary origin: only whether the URL leaves it matters. */
const HERE = 'http://here.invalid';

/**
 * A path of this origin for the `Location` header; undefined if the text leads to another origin, however it is
 * written. It is parsed as a browser does (WHATWG URL), which drops tabs and treats `\` as `/`.
 */
export function returnPath(text: string): string | undefined {
  if (text.length > MAX_RETURN_LENGTH || !text.startsWith('/') || !URL.canParse(text, HERE)) return undefined;
  const url = new URL(text, HERE);
  const path = `${url.pathname}${url.search}${url.hash}`;
  // `/.//evil.example` is on this origin, but its normalized path is another host's address.
  return url.origin === HERE && !path.startsWith('//') ? path : undefined;
}
