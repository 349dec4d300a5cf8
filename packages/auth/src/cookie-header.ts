/**
 * The value of the first cookie called `name` in a `Cookie` header, or undefined (RFC 6265, 4.2.1). It searches for
 * this name without splitting the header, because it runs for every post.
 */
export function cookieValue(header: string, name: string): string | undefined {
  let start = 0;
  while (start < header.length) {
    while (header[start] === ' ') start++;
    const next = header.indexOf(';', start);
    const end = next === -1 ? header.length : next;
    if (header.startsWith(name, start) && header[start + name.length] === '=') {
      return header.slice(start + name.length + 1, end).trim();
    }
    start = end + 1;
  }
  return undefined;
}

/**
 * The name of a cookie that is set over https. A browser accepts a `__Host-` cookie only from this exact host, over
 * https and for all paths (RFC 6265bis, 4.1.3.2). So neither a neighbouring host nor an attacker on a plain connection
 * can plant one.
 */
export const onlyByHttps = (name: string) => `__Host-${name}`;
