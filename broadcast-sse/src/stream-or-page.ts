import { preferredType } from '@carillon/protocol';

/** Media type of a stream (HTML, 9.2.5). */
export const STREAM_TYPE = 'text/event-stream';

/**
 * Whether a client prefers the page of a channel to its stream, which share a URL: browsers do. nginx decides by the same rule
 * (nginx/conf/policies.conf).
 *
 * @param accept the header `Accept` (RFC 9110, 12.5.1). Without it, and if it takes neither, the answer is the stream.
 */
export function prefersPage(accept: string | undefined): boolean {
  return preferredType(accept, [STREAM_TYPE, 'text/html']) === 'text/html';
}
