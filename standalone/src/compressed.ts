import { promisify } from 'node:util';
import { constants, gzip, gzipSync } from 'node:zlib';
import type { HttpApp } from '@carillon/http';
import { preferredCoding } from '@carillon/protocol';

/** Bytes; a smaller body fits in one packet uncompressed. The same as nginx's `gzip_min_length`. */
const MIN_BYTES = 1_000;

/**
 * Bytes; a body up to this size is compressed synchronously, a larger one on another thread. A page of history of 11 KB takes 50 us
 * synchronously, and four times as long on another thread; a body of this size blocks for at most a third of a millisecond.
 */
const MAX_AT_ONCE_BYTES = 64 * 1024;

/** Fast, and needs 96 KiB of memory instead of 256: a page of history shrinks to a tenth, as with the highest level. */
const FAST = { level: constants.Z_BEST_SPEED, windowBits: 14, memLevel: 6 };

/** Types that are compressed: JSON, and pages built from it. Event streams and files that are already compressed are not among them. */
const SHRINKS =
  /^(?:application\/(?:[a-z.-]+\+)?json|text\/(?:html|css|javascript|csv)|application\/x-ndjson)(?:;|$)/;

const NO_TRANSFORM = /(?:^|,)\s*no-transform\s*(?:,|$)/i;

const packElsewhere = promisify(gzip);

/**
 * Wraps an app so that it answers a `GET` with gzip if the client accepts it and the body is large enough, as nginx does in front of the
 * services. Other methods and streams pass unchanged. Hono's own middleware compresses any body without a length, however small, and
 * a middleware for all paths would also run for each post.
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
  // A stream has already written its own head, so it has no headers here.
  if (response.status !== 200 || !SHRINKS.test(headers.get('content-type') ?? '')) return response;
  if (headers.has('content-encoding') || NO_TRANSFORM.test(headers.get('cache-control') ?? ''))
    return response;
  if (!/\baccept-encoding\b/i.test(headers.get('vary') ?? '')) headers.append('vary', 'Accept-Encoding');
  return takesGzip ? packed(response) : response;
}

async function packed(response: Response): Promise<Response> {
  const { headers } = response;
  // The body is text, and reading it as text costs half as much as reading its bytes.
  const body = await response.text();
  const length = Buffer.byteLength(body);
  if (length < MIN_BYTES) return new Response(body, { headers });
  headers.set('content-encoding', 'gzip');
  headers.delete('content-length');
  // The compressed bytes differ from the plain ones, so the strong ETag must not stay the same (RFC 9110, 8.8.3).
  const tag = headers.get('etag');
  if (tag !== null && !tag.startsWith('W/')) headers.set('etag', `W/${tag}`);
  const gzipped = length <= MAX_AT_ONCE_BYTES ? gzipSync(body, FAST) : await packElsewhere(body, FAST);
  return new Response(new Uint8Array(gzipped), { headers });
}
