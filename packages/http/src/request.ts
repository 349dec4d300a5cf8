import { randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { parseTraceparent, type Span, type TraceContext } from '@carillon/protocol';

/** What is known of a request from its first moment on, for whoever logs or traces what it causes. */
export interface Request {
  /** The caller's `X-Request-Id` where it is well-formed, else made here. It is answered, and stands in every line about the request. */
  readonly id: string;
  readonly method: string;
  /** Which call it is, such as `/v1/channels/{channel}/messages`; {@link UNMATCHED} for what is none. One of a closed list. */
  readonly route: string;
  /** When it came, by `performance.now()`. */
  readonly start: number;
  /** Its span, where it is recorded. */
  span: Span | undefined;
  /** The caller's trace, recorded here or not. */
  readonly caller: TraceContext | undefined;
  /** It has become a stream, whose life is told when it ends. */
  stream: boolean;
  /** What its connection had sent before. */
  readonly sentBefore: number;
}

/** The route of a request that is for no call. */
export const UNMATCHED = 'unmatched';

/** As nginx has it (nginx/conf/logging.conf): what it takes from a caller we take from it. */
const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/;

const requestKey = Symbol('request');
type Marked = IncomingMessage & { [requestKey]?: Request };

/** The request that came as `incoming`; undefined where the server does not keep one. */
export function requestOf(incoming: IncomingMessage): Request | undefined {
  return (incoming as Marked)[requestKey];
}

/** Notes a request that has just come. */
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

/** The fields by which lines about one request are found, in each service. */
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

/** Random for each process and counted within it: unique as a random one is, and it costs next to nothing. */
const PROCESS = randomBytes(10).toString('hex');
let count = 0;

function newId(): string {
  count += 1;
  return `${PROCESS}-${count.toString(36)}`;
}
