import { createServer, type RequestListener, type Server } from 'node:http';
import { Problem } from '@carillon/protocol';
import { getRequestListener } from '@hono/node-server';
import { answerClientError } from './client-error.ts';
import type { HttpApp } from './http-env.ts';
import { problemResponse } from './problem-response.ts';
import { routesOf } from './route.ts';
import { reportedHttps, type TrustedProxies } from './trusted-proxies.ts';
import { type Watchers, watched } from './watch.ts';

/**
 * Longer than a proxy keeps its idle connections (nginx: 60 s), so that a proxy never sends a request on a connection
 * that was just closed.
 */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** HTTP/1.0 has no Host header (RFC 1945), and proxies that speak it send none in health checks. */
const HOST_OF_HTTP_1_0 = 'localhost';

/**
 * Creates an HTTP server for `app`. Errors that occur before the app runs are also answered as problem documents. It
 * notifies `watchers` of each request. `proxies`: the proxies that are trusted to report whether a request came over
 * https. The server is not yet listening.
 */
export function createHttpServer(
  app: Pick<HttpApp, 'fetch' | 'router'>,
  watchers: Watchers = {},
  proxies?: TrustedProxies,
): Server {
  const listener = getRequestListener(app.fetch, {
    // Reached before any app: no Host header, or a request line that is not a URL.
    errorHandler: () =>
      problemResponse(new Problem('bad_request', 'The request line or the Host header is not valid.')),
  });
  const server = createServer(
    { keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS, requireHostHeader: false },
    watched(withHost(withScheme(listener, proxies)), routesOf(app), watchers),
  );
  server.on('clientError', answerClientError);
  return server;
}

function withHost(listener: RequestListener): RequestListener {
  return (incoming, outgoing) => {
    if (incoming.httpVersion === '1.0') incoming.headers.host ??= HOST_OF_HTTP_1_0;
    return listener(incoming, outgoing);
  };
}

/**
 * Sets `X-Forwarded-Proto` to what trusted proxies report, in one word, for all later readers. Without counted proxies
 * the header stays as it came, and is trusted: a caller that falsely claims https only gets cookies that work in fewer
 * places.
 */
function withScheme(listener: RequestListener, proxies: TrustedProxies | undefined): RequestListener {
  if (proxies === undefined || proxies.header === 'x-real-ip') return listener;
  return (incoming, outgoing) => {
    incoming.headers['x-forwarded-proto'] = reportedHttps(incoming.headers, proxies) ? 'https' : 'http';
    return listener(incoming, outgoing);
  };
}
