/**
 * A trace follows one post through the services. This file has what the parts share: the W3C Trace Context that they
 * pass on (https://www.w3.org/TR/trace-context/), and the interface of a recorder. Without a recorder there are no
 * spans.
 */

/** A position in a trace. */
export interface TraceContext {
  /** 32 hex digits, not all of them 0. */
  readonly traceId: string;
  /** The span that caused it: 16 hex digits, not all of them 0. */
  readonly spanId: string;
  /** Whether the caller records this trace. */
  readonly sampled: boolean;
}

/** Attributes of a span: few and short values, and no text that a person wrote. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  /** Whether the span answers a call, publishes to the bus or consumes from it; by default it is internal work. */
  kind?: 'server' | 'producer' | 'consumer';
  /** When it began, ms since 1970 with fractions; now by default. */
  start?: number;
  attributes?: SpanAttributes;
}

/** A unit of recorded work. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Passed on to other processes. */
  readonly traceparent: string;
  /** Starts a span that this span caused. */
  child(name: string, options?: SpanOptions): Span;
  /** Ends the span, now or at `end`. Called once. */
  end(attributes?: SpanAttributes, end?: number): void;
  /** As {@link end}, for work that failed. */
  fail(attributes?: SpanAttributes): void;
}

/** Records spans. */
export interface Tracing {
  /** Ms since 1970 with fractions, by the clock that spans are measured with. */
  now(): number;
  /** Starts the span of a request from outside; undefined if it is not recorded. */
  begin(name: string, caller: TraceContext | undefined, options?: SpanOptions): Span | undefined;
  /** Continues a trace of another part of Carillon; undefined if the text is not a traceparent. */
  follow(traceparent: string, name: string, options?: SpanOptions): Span | undefined;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Longer than version 00, for future versions, and no longer than a header should be. */
const MAX_TRACEPARENT_LENGTH = 128;

const SAMPLED = 1;

/** Parses a `traceparent` (W3C Trace Context, 3.2); undefined if it is invalid, which must then be ignored. */
export function parseTraceparent(text: unknown): TraceContext | undefined {
  if (typeof text !== 'string' || text.length > MAX_TRACEPARENT_LENGTH) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(text) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

/** Formats a traceparent of version 00. */
export function formatTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}
