import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';

/**
 * Whether a request came by https, so that its cookie is to come only so. A proxy says it; who says it without being one
 * only gets a cookie that is used less.
 */
export function cameByHttps({ headers, socket }: IncomingMessage): boolean {
  return socket instanceof TLSSocket || headers['x-forwarded-proto'] === 'https';
}
