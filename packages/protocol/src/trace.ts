/**
 * A trace follows one post through the services. Here stands what the parts agree on: the W3C Trace Context that goes
 * between them (https://www.w3.org/TR/trace-context/), and the shape of what records it. What is not recorded has no span at all.
 */

/** Where in which trace something was caused. */
export interface TraceContext {
  /** 32 hex digits, not all of them 0. */
  readonly traceId: string;
  /** Of the span that caused it: 16 hex digits, not all of them 0. */
  readonly spanId: string;
  /** Whether the caller records this trace. */
  readonly sampled: boolean;
}

/** What a span may be told: few and short values, and none that a person wrote. */
export type SpanAttributes = Readonly<Record<string, string | number | boolean>>;

export interface SpanOptions {
  /** Whether it answers a call, hands to the bus or takes from it; without it, it is work within the process. */
  kind?: 'server' | 'producer' | 'consumer';
  /** When it began, ms since 1970 with fractions; now where not given. */
  start?: number;
  attributes?: SpanAttributes;
}

/** A stretch of work that is recorded. */
export interface Span {
  readonly traceId: string;
  readonly spanId: string;
  /** Goes along with what this causes in other processes. */
  readonly traceparent: string;
  /** Begins a span of what this one caused. */
  child(name: string, options?: SpanOptions): Span;
  /** Ends it, now or at `end`. Called once. */
  end(attributes?: SpanAttributes, end?: number): void;
  /** As {@link end}, of what went wrong. */
  fail(attributes?: SpanAttributes): void;
}

/** Records spans, where a process does so. */
export interface Tracing {
  /** Ms since 1970 with fractions, by the clock that spans are measured with. */
  now(): number;
  /** Begins the span of a request from outside; undefined where it is not recorded. */
  begin(name: string, caller: TraceContext | undefined, options?: SpanOptions): Span | undefined;
  /** Goes on with what another part of Carillon records; undefined where that is no traceparent. */
  follow(traceparent: string, name: string, options?: SpanOptions): Span | undefined;
}

const TRACEPARENT = /^([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?$/;

/** Longer than version 00 has it, for versions to come, and no more than a header should be. */
const MAX_TRACEPARENT_LENGTH = 128;

const SAMPLED = 1;

/** Reads a `traceparent` as W3C Trace Context has it (3.2); undefined for what is none, which is then to be ignored. */
export function parseTraceparent(text: unknown): TraceContext | undefined {
  if (typeof text !== 'string' || text.length > MAX_TRACEPARENT_LENGTH) return undefined;
  const [, version, traceId = '', spanId = '', flags = '', more] = TRACEPARENT.exec(text) ?? [];
  if (version === undefined || version === 'ff' || (version === '00' && more !== undefined)) return undefined;
  if (/^0+$/.test(traceId) || /^0+$/.test(spanId)) return undefined;
  return { traceId, spanId, sampled: (Number.parseInt(flags, 16) & SAMPLED) === SAMPLED };
}

/** Writes a traceparent of version 00. */
export function formatTraceparent({ traceId, spanId, sampled }: TraceContext): string {
  return `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`;
}
