import type { CallerHeaders } from './authenticator.ts';

/**
 * Whether a request came by https, so that its cookies are to come only so. The proxy says it, for TLS ends there; who says it
 * without being one only has cookies that are used less.
 */
export function cameByHttps(headers: CallerHeaders): boolean {
  return headers['x-forwarded-proto'] === 'https';
}
