/*
 * The header `Forwarded` of RFC 7239: `for=192.0.2.7;proto=https, for="[2001:db8::7]:443"`. Each proxy adds an element at the end.
 */

/**
 * The element of a `Forwarded` header at this place from the end, 1 for the last; undefined where there are fewer. It is read from
 * the end, since a caller may have sent a quotation mark that nothing closes: read from the front, that would swallow what
 * proxies added. From the end, what proxies added is read before anything of the caller's.
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

/** One `name=value` of an element, or none, up to the next semicolon. Values are not quoted by all who should. */
const PARAMETER = /[ \t]*(?:([\w!#$%&'*+.^`|~-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s",;]+)))?[ \t]*(?:;|$)/y;

/** The parameters of an element by their names in lower case, without quotation marks; undefined where it is not well-formed. */
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
    // Each at most once in an element (RFC 7239, 4): of two, nobody can say which is meant.
    if (parameters.has(known)) return undefined;
    parameters.set(known, quoted?.replaceAll(/\\(.)/g, '$1') ?? plain);
  }
  return parameters;
}

/** Whether an odd number of backslashes stands before this place. */
function isEscaped(text: string, place: number): boolean {
  let before = place;
  while (text[before - 1] === '\\') before -= 1;
  return (place - before) % 2 === 1;
}
