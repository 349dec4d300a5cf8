import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '@carillon/protocol';

/**
 * Refuses a write that carries a cookie and comes from a page of another origin: a browser adds the cookie, and
 * the person may know nothing of it. Without a cookie the caller speaks for nobody. Throws a 403 problem.
 */
export function requireSameOrigin(headers: IncomingHttpHeaders): void {
  if (headers.cookie !== undefined) refuseForeignOrigin(headers);
}

/** Refuses what comes from a page of another origin, cookie or not: for calls that give a browser a cookie. */
export function refuseForeignOrigin(headers: IncomingHttpHeaders): void {
  const { host, origin } = headers;
  // Only the host is compared: TLS ends at the proxy, so the scheme we see is not the page's.
  const foreign = origin !== undefined && origin !== `https://${host}` && origin !== `http://${host}`;
  const site = headers['sec-fetch-site'];
  // Every browser sends an Origin with a write; where one did not, this tells it.
  if (foreign || site === 'cross-site' || site === 'same-site') {
    throw new Problem('forbidden', 'A write with a cookie has to come from a page of this origin.');
  }
}
