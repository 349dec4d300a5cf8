import type { CallerHeaders } from './authenticator.ts';

/**
 * Whether a request came over https, so that its cookies must be limited to https. The proxy reports this, because TLS
 * ends there. A caller that lies only gets cookies that work in fewer places.
 */
export function cameByHttps(headers: CallerHeaders): boolean {
  return headers['x-forwarded-proto'] === 'https';
}
