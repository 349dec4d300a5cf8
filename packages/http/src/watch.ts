import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SpanAttributes, Tracing } from '@carillon/protocol';
import { idsOf, noteRequest, type Request, requestOf } from './request.ts';

/** Where requests are written to: a log, as far as it is needed here. */
export interface RequestLog {
  isLevelEnabled(level: string): boolean;
  info(fields: object, message: string): void;
}

/** Who wants to know of requests. */
export interface Watchers {
  /** One line for each request, at `info`. */
  log?: RequestLog | undefined;
  tracing?: Tracing | undefined;
  /** Told of each answer: its status, or 0 where the caller went before it had one. Of a stream when it begins. */
  onAnswered?: ((request: Request, status: number) => void) | undefined;
}

type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;

/** Nothing was answered. */
const NO_STATUS = 0;

/**
 * Puts watchers before a server's listener: each request gets an id, which is answered in `X-Request-Id`, and a
 * span where it is recorded; when it has its answer, all are told. `routeOf` gives the template of a method and URL.
 */
export function watched(
  listener: Listener,
  routeOf: (method: string, url: string) => string,
  { log, tracing, onAnswered }: Watchers,
): Listener {
  const lines = log?.isLevelEnabled('info') ? log : undefined;

  /** Shared by all responses: a request in flight holds no closure of ours. */
  function onClose(this: ServerResponse): void {
    const request = requestOf(this.req);
    if (request === undefined || request.stream) return;
    const status = this.headersSent ? this.statusCode : NO_STATUS;
    onAnswered?.(request, status);
    const { span } = request;
    if (span !== undefined) {
      const attributes: SpanAttributes = { 'http.response.status_code': status };
      if (status >= 500 || status === NO_STATUS) span.fail(attributes);
      else span.end(attributes);
    }
    lines?.info(lineOf(request, status, this.req), 'request');
  }

  return (incoming, outgoing) => {
    const { method = '', url = '' } = incoming;
    const route = routeOf(method, url);
    const request = noteRequest(incoming, route);
    if (tracing !== undefined) {
      request.span = tracing.begin(`${method} ${route}`, request.caller, {
        kind: 'server',
        attributes: { 'http.request.method': method, 'http.route': route, 'carillon.request_id': request.id },
      });
    }
    outgoing.setHeader('X-Request-Id', request.id);
    outgoing.on('close', onClose);
    return listener(incoming, outgoing);
  };
}

/** A request that becomes a stream is told of when the stream ends; its span ends here, with its beginning. */
export function becomesStream(incoming: IncomingMessage): Request | undefined {
  const request = requestOf(incoming);
  if (request === undefined) return undefined;
  request.stream = true;
  request.span?.end({ 'http.response.status_code': 200 });
  return request;
}

function lineOf(request: Request, status: number, { socket }: IncomingMessage): object {
  const { method, route, start, sentBefore } = request;
  return {
    ...idsOf(request),
    method,
    route,
    status,
    ms: Math.round((performance.now() - start) * 10) / 10,
    bytes: socket.bytesWritten - sentBefore,
  };
}
