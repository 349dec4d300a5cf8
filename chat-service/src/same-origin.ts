import type { IncomingHttpHeaders } from 'node:http';
import { Problem } from '@carillon/protocol';

/**
 * Refuses a write that carries a cookie and comes from a page of another origin (CSRF): the browser adds the cookie without the
 * person knowing. Without a cookie the request has no person's rights. Throws the problem `forbidden` (403).
 */
export function requireSameOrigin(headers: IncomingHttpHeaders): void {
  if (headers.cookie !== undefined) refuseForeignOrigin(headers);
}

/** Refuses requests from a page of another origin, with or without a cookie: for calls that set a cookie. Throws `forbidden` (403). */
export function refuseForeignOrigin(headers: IncomingHttpHeaders): void {
  const { host, origin } = headers;
  // Only the host is compared: TLS ends at the proxy, so the scheme we see is not the page's.
  const foreign = origin !== undefined && origin !== `https://${host}` && origin !== `http://${host}`;
  const site = headers['sec-fetch-site'];
  // Every browser sends an Origin with a write; Sec-Fetch-Site covers one that does not.
  if (foreign || site === 'cross-site' || site === 'same-site') {
    throw new Problem('forbidden', 'A write with a cookie has to come from a page of this origin.');
  }
}
