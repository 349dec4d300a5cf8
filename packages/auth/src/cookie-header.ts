/**
 * The value of the first cookie called `name` in a `Cookie` header, or undefined (RFC 6265, 4.2.1). It looks
 * only for the one name, without splitting the header: this runs for every post.
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
 * The name of a cookie where it is given by https: a browser takes one of that name only from this very host, by https, for all its paths
 * (RFC 6265bis, 4.1.3.2). So neither a host beside it nor who sits on a plain connection can plant one.
 */
export const onlyByHttps = (name: string) => `__Host-${name}`;
