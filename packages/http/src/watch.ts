import type { IncomingMessage, ServerResponse } from 'node:http';
import type { SpanAttributes, Tracing } from '@carillon/protocol';
import { idsOf, noteRequest, type Request, requestOf } from './request.ts';

/** The log for requests. */
export interface RequestLog {
  isLevelEnabled(level: string): boolean;
  info(fields: object, message: string): void;
}

/** Observers of requests. */
export interface Watchers {
  /** Gets one line for each request, at `info`. */
  log?: RequestLog | undefined;
  tracing?: Tracing | undefined;
  /**
   * Called for each response with its status, or 0 if the caller disconnected before. For a stream it is called at the
   * start.
   */
  onAnswered?: ((request: Request, status: number) => void) | undefined;
}

type Listener = (incoming: IncomingMessage, outgoing: ServerResponse) => unknown;

/** No response was sent. */
const NO_STATUS = 0;

/**
 * Adds watchers to a server's listener: each request gets an id, which is returned in `X-Request-Id`, and a span if it
 * is recorded; the watchers are called after the response. `routeOf` returns the template for a method and URL.
 */
export function watched(
  listener: Listener,
  routeOf: (method: string, url: string) => string,
  { log, tracing, onAnswered }: Watchers,
): Listener {
  const lines = log?.isLevelEnabled('info') ? log : undefined;

  /** Shared by all responses, so that an active request holds no closure of ours. */
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

/** Marks a request as a stream: it is logged when the stream ends, and its span ends here, at the start. */
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
