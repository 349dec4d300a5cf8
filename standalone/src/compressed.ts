import { promisify } from 'node:util';
import { constants, gzip, gzipSync } from 'node:zlib';
import type { HttpApp } from '@carillon/http';
import { preferredCoding } from '@carillon/protocol';

/** Bytes; a smaller body fits in one packet as it is. The same as nginx's (`gzip_min_length`). */
const MIN_BYTES = 1_000;

/**
 * Bytes; a body up to this is compressed at once, one beyond on another thread. A page of history of 11 KB takes 50 us at once and four times
 * as much with the way there and back; at this size nobody waits longer than a third of a millisecond.
 */
const MAX_AT_ONCE_BYTES = 64 * 1024;

/** Fast, and with 96 KiB for the time it takes in place of 256: of a page of history the highest level leaves the same tenth. */
const FAST = { level: constants.Z_BEST_SPEED, windowBits: 14, memLevel: 6 };

/** What shrinks: JSON, and pages made of it. No stream of events is among them, nor a file that is compressed as it is. */
const SHRINKS =
  /^(?:application\/(?:[a-z.-]+\+)?json|text\/(?:html|css|javascript|csv)|application\/x-ndjson)(?:;|$)/;

const NO_TRANSFORM = /(?:^|,)\s*no-transform\s*(?:,|$)/i;

const packElsewhere = promisify(gzip);

/**
 * An app that answers a `GET` with gzip where the client takes it and the body is worth it, as nginx does before the services. It looks at no
 * other method, and at no stream. Not Hono's own middleware: that one compresses whatever says no length, however small, and a middleware
 * of all paths takes part in each post.
 */
export function compressed(app: Pick<HttpApp, 'fetch' | 'router'>): Pick<HttpApp, 'fetch' | 'router'> {
  return {
    router: app.router,
    fetch(request, env, context) {
      const answer = app.fetch(request, env, context);
      if (request.method !== 'GET') return answer;
      const takes = preferredCoding(request.headers.get('accept-encoding') ?? undefined, ['gzip']);
      const encode = (response: Response) => encoded(response, takes !== undefined);
      return answer instanceof Promise ? answer.then(encode) : encode(answer);
    },
  };
}

function encoded(response: Response, takesGzip: boolean): Response | Promise<Response> {
  const { headers } = response;
  // A stream has written its own head, and has none here.
  if (response.status !== 200 || !SHRINKS.test(headers.get('content-type') ?? '')) return response;
  if (headers.has('content-encoding') || NO_TRANSFORM.test(headers.get('cache-control') ?? ''))
    return response;
  if (!/\baccept-encoding\b/i.test(headers.get('vary') ?? '')) headers.append('vary', 'Accept-Encoding');
  return takesGzip ? packed(response) : response;
}

async function packed(response: Response): Promise<Response> {
  const { headers } = response;
  // It is text, and read as such it costs half of what its bytes do.
  const body = await response.text();
  const length = Buffer.byteLength(body);
  if (length < MIN_BYTES) return new Response(body, { headers });
  headers.set('content-encoding', 'gzip');
  headers.delete('content-length');
  // Of other bytes than the plain one (RFC 9110, 8.8.3).
  const tag = headers.get('etag');
  if (tag !== null && !tag.startsWith('W/')) headers.set('etag', `W/${tag}`);
  const gzipped = length <= MAX_AT_ONCE_BYTES ? gzipSync(body, FAST) : await packElsewhere(body, FAST);
  return new Response(new Uint8Array(gzipped), { headers });
}
