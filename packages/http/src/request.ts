import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { parseTraceparent, type Span, type TraceContext } from '@carillon/protocol';

/** What is known about a request from the start, for logging and tracing. */
export interface Request {
  /**
   * The caller's `X-Request-Id` if it is well-formed, else a new id. It is returned in the response, and is in every
   * log line about the request.
   */
  readonly id: string;
  readonly method: string;
  /**
   * The route's template, such as `/v1/channels/{channel}/messages`; {@link UNMATCHED} if there is none. One of a
   * closed list.
   */
  readonly route: string;
  /** When it arrived, by `performance.now()`. */
  readonly start: number;
  /** Its span, if it is recorded. */
  span: Span | undefined;
  /** The caller's trace, whether it is recorded here or not. */
  readonly caller: TraceContext | undefined;
  /** The request has become a stream, which is logged when it ends. */
  stream: boolean;
  /** Bytes that its connection had sent before. */
  readonly sentBefore: number;
}

/** The route of a request that matches none. */
export const UNMATCHED = 'unmatched';

/** As in nginx (nginx/conf/logging.conf): both accept the same ids from a caller. */
const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/;

const requestKey = Symbol('request');
type Marked = IncomingMessage & { [requestKey]?: Request };

/** The request that arrived as `incoming`; undefined if the server keeps no request. */
export function requestOf(incoming: IncomingMessage): Request | undefined {
  return (incoming as Marked)[requestKey];
}

/** Records a request that has just arrived. */
export function noteRequest(incoming: IncomingMessage, route: string): Request {
  const given = incoming.headers['x-request-id'];
  const traceparent = incoming.headers.traceparent;
  const request: Request = {
    id: typeof given === 'string' && REQUEST_ID.test(given) ? given : newId(),
    method: incoming.method ?? '',
    route,
    start: performance.now(),
    span: undefined,
    caller: traceparent === undefined ? undefined : parseTraceparent(traceparent),
    stream: false,
    sentBefore: incoming.socket.bytesWritten,
  };
  (incoming as Marked)[requestKey] = request;
  return request;
}

/** The log fields that identify a request, in each service. */
export function idsOf(request: Request | undefined): {
  request_id?: string;
  trace_id?: string;
  span_id?: string;
} {
  if (request === undefined) return {};
  const { id, span, caller } = request;
  if (span !== undefined) return { request_id: id, trace_id: span.traceId, span_id: span.spanId };
  return caller === undefined ? { request_id: id } : { request_id: id, trace_id: caller.traceId };
}

/** Random for each process and counted within it: as unique as a random id, and it costs almost nothing. */
const PROCESS = randomBytes(10).toString('hex');
let count = 0;

function newId(): string {
  count += 1;
  return `${PROCESS}-${count.toString(36)}`;
}
