import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '@carillon/protocol';

/**
 * Refuses a write that carries a cookie and comes from a page of another origin: a browser adds the cookie, and
 * the person may know nothing of it. Without a cookie the caller speaks for nobody. Throws a 403 problem.
 */
export function requireSameOrigin(headers: IncomingHttpHeaders): void {
  if (headers.cookie === undefined) return;
  const { host, origin } = headers;
  // Only the host is compared: TLS ends at the proxy, so the scheme we see is not the page's.
  const foreign = origin !== undefined && origin !== `https://${host}` && origin !== `http://${host}`;
  if (foreign || headers['sec-fetch-site'] === 'cross-site') {
    throw new Problem('forbidden', 'A write with a cookie has to come from a page of this origin.');
  }
}
