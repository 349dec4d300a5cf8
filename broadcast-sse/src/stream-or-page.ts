import { preferredType } from '@carillon/protocol';

export const STREAM_TYPE = 'text/event-stream';

/**
 * Whether a caller wants the page of a channel rather than its stream; the two share a URL. A browser does. nginx has the same
 * (nginx/conf/policies.conf).
 *
 * @param accept the header `Accept`. Without it, and where it takes neither, the answer is the stream.
 */
export function prefersPage(accept: string | undefined): boolean {
  return preferredType(accept, [STREAM_TYPE, 'text/html']) === 'text/html';
}
