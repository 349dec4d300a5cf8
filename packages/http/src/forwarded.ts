/*
 * The header `Forwarded` of RFC 7239: `for=192.0.2.7;proto=https, for="[2001:db8::7]:443"`. Each proxy appends an
 * element.
 */

/**
 * The element of a `Forwarded` header at this position from the end, 1 for the last; undefined if there are fewer. It
 * is parsed from the end, because a caller may have sent an unclosed quotation mark: parsed from the front, that would
 * swallow what proxies added.
 */
export function forwardedElement(header: string, fromEnd: number): string | undefined {
  let left = fromEnd;
  let end = header.length;
  let quoted = false;
  for (let at = end - 1; at >= 0; at--) {
    if (header[at] === '"' && !isEscaped(header, at)) quoted = !quoted;
    if (header[at] !== ',' || quoted) continue;
    left -= 1;
    if (left === 0) return header.slice(at + 1, end);
    end = at;
  }
  return left === 1 && !quoted ? header.slice(0, end) : undefined;
}

/**
 * One `name=value` of an element, or none, up to the next semicolon. Not every sender quotes values as it should. No two
 * repetitions match the same blanks: that would take a time that grows with their square.
 */
const PARAMETER = /[ \t]*(?:([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;]+))[ \t]*)?(?:;|$)/y;

/**
 * The parameters of an element by name in lower case, without quotation marks; undefined if the element is malformed.
 */
export function forwardedParameters(element: string | undefined): Map<string, string> | undefined {
  if (element === undefined) return undefined;
  const parameters = new Map<string, string>();
  const reader = new RegExp(PARAMETER);
  while (reader.lastIndex < element.length) {
    const found = reader.exec(element);
    if (found === null) return undefined;
    const [, name, quoted, plain = ''] = found;
    if (name === undefined) continue;
    const known = name.toLowerCase();
    // Each parameter may occur only once in an element (RFC 7239, 4): with two it is unclear which is meant.
    if (parameters.has(known)) return undefined;
    parameters.set(known, quoted?.replaceAll(/\\(.)/g, '$1') ?? plain);
  }
  return parameters;
}

/** Whether an odd number of backslashes precedes this position. */
function isEscaped(text: string, place: number): boolean {
  let before = place;
  while (text[before - 1] === '\\') before -= 1;
  return (place - before) % 2 === 1;
}
