import { createServer, type RequestListener, type Server } from 'node:http';
import { Problem } from '@carillon/protocol';
import { getRequestListener } from '@hono/node-server';
import { answerClientError } from './client-error.ts';
import type { HttpApp } from './http-env.ts';
import { problemResponse } from './problem-response.ts';
import { routesOf } from './route.ts';
import { type TrustedProxies, toldHttps } from './trusted-proxies.ts';
import { type Watchers, watched } from './watch.ts';

/** Longer than a proxy keeps its idle connections (nginx: 60 s), so that it is never the one to meet a closed one. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;

/** HTTP/1.0 knows no Host (RFC 1945), and health checks of proxies that speak it send none. */
const HOST_OF_HTTP_1_0 = 'localhost';

/**
 * An HTTP server for `app` that answers in problem documents also what the app never sees, and tells `watchers` of
 * each request. `proxies`: those that are believed whether a request came by https. Not yet listening.
 */
export function createHttpServer(
  app: Pick<HttpApp, 'fetch' | 'router'>,
  watchers: Watchers = {},
  proxies?: TrustedProxies,
): Server {
  const listener = getRequestListener(app.fetch, {
    // Reached before any app: no Host header, or a request line that is no URL.
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
 * Has `X-Forwarded-Proto` say what trusted proxies do, in one word, for all who read it further in. Where proxies are not counted it
 * stays as it came, and is believed: whoever claims https only has cookies that count for less.
 */
function withScheme(listener: RequestListener, proxies: TrustedProxies | undefined): RequestListener {
  if (proxies === undefined || proxies.header === 'x-real-ip') return listener;
  return (incoming, outgoing) => {
    incoming.headers['x-forwarded-proto'] = toldHttps(incoming.headers, proxies) ? 'https' : 'http';
    return listener(incoming, outgoing);
  };
}
