import { setTimeout as sleep } from 'node:timers/promises';
import {
  formatTraceparent,
  parseTraceparent,
  type Span,
  type SpanAttributes,
  type SpanOptions,
  type TraceContext,
} from '@carillon/protocol';
import {
  type Context,
  type ContextManager,
  type Span as OtelSpan,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  TraceFlags,
  type Tracer,
  trace,
} from '@opentelemetry/api';
import { core, NodeSDK, resources } from '@opentelemetry/sdk-node';
import type { Log } from './log.ts';
import { RatePerSecond } from './rate-per-second.ts';
import type { OpenTracing, TracingConfig } from './tracing.ts';

/** How long a stop waits for the last traces, ms: it has 10 s in all, and must not wait for an unavailable collector. */
const FLUSH_WITHIN_MS = 2_000;

/** While the collector is unavailable, there is at most one log line in this time. */
const LOG_AGAIN_AFTER_MS = 60_000;

/** Characters of a logged reason: a collector may answer with a whole page. */
const MAX_REASON_CHARACTERS = 200;

/** How far the clock of spans may drift from the system clock before it is reset, ms. */
const MAX_DRIFT_MS = 5;

const KINDS = { server: SpanKind.SERVER, producer: SpanKind.PRODUCER, consumer: SpanKind.CONSUMER } as const;

/** Starts the OpenTelemetry SDK in this process. Call it at most once. */
export function recordTraces(service: string, config: TracingConfig, log: Log): OpenTracing {
  // The SDK reads the environment itself: give it the parsed values, including defaults and values from files.
  const { OTEL_TRACES_SAMPLER, OTEL_TRACES_SAMPLER_ARG, OTEL_EXPORTER_OTLP_HEADERS } = config;
  process.env.OTEL_TRACES_SAMPLER = OTEL_TRACES_SAMPLER;
  process.env.OTEL_TRACES_SAMPLER_ARG = String(OTEL_TRACES_SAMPLER_ARG);
  if (OTEL_EXPORTER_OTLP_HEADERS !== undefined)
    process.env.OTEL_EXPORTER_OTLP_HEADERS = OTEL_EXPORTER_OTLP_HEADERS;
  core.setGlobalErrorHandler(logFailures(log));
  const sdk = new NodeSDK({
    serviceName: process.env.OTEL_SERVICE_NAME || service,
    // No process detector: the arguments and the owner of the process must not be sent.
    resourceDetectors: [resources.envDetector, resources.hostDetector],
    contextManager: NO_CONTEXT,
    textMapPropagator: null,
    metricReaders: [],
    logRecordProcessors: [],
    instrumentations: [],
  });
  sdk.start();
  const clock = new SpanClock();
  return new RecordedTraces(trace.getTracer('carillon'), clock, config.CALLER_TRACES_PER_SECOND, () =>
    Promise.race([
      sdk
        .shutdown()
        .catch((err: unknown) => log.warn({ reason: reasonOf(err) }, 'the last traces were not sent')),
      sleep(FLUSH_WITHIN_MS, undefined, { ref: false }),
    ]),
  );
}

/**
 * Spans are passed as arguments. The SDK's default, AsyncLocalStorage, would make every promise of the process slower
 * (on Node 20 by its hooks), traced or not.
 */
const NO_CONTEXT: ContextManager = {
  active: () => ROOT_CONTEXT,
  with: (_context, call, self, ...args) => call.apply(self as ThisParameterType<typeof call>, args),
  bind: (_context, target) => target,
  enable: () => NO_CONTEXT,
  disable: () => NO_CONTEXT,
};

class RecordedTraces implements OpenTracing {
  readonly #tracer: Tracer;
  readonly #clock: SpanClock;
  readonly #callers: RatePerSecond;
  readonly close: () => Promise<void>;

  constructor(tracer: Tracer, clock: SpanClock, callerTracesPerSecond: number, close: () => Promise<void>) {
    this.#tracer = tracer;
    this.#clock = clock;
    this.#callers = new RatePerSecond(callerTracesPerSecond);
    this.close = close;
  }

  now(): number {
    return this.#clock.now();
  }

  begin(name: string, caller: TraceContext | undefined, options?: SpanOptions): Span | undefined {
    // A caller chooses its trace id and its sampled flag, and could make every sampler record all its requests. Over the
    // cap no span is created, and only recorded spans count.
    if (caller !== undefined && !this.#callers.hasRoom(performance.now())) return undefined;
    const span = this.#start(name, options, caller);
    if (!span.isRecording()) return undefined;
    if (caller !== undefined) this.#callers.take();
    return new RecordedSpan(this.#tracer, this.#clock, span);
  }

  follow(traceparent: string, name: string, options?: SpanOptions): Span | undefined {
    const parent = parseTraceparent(traceparent);
    if (parent === undefined) return undefined;
    const span = this.#start(name, options, parent);
    return span.isRecording() ? new RecordedSpan(this.#tracer, this.#clock, span) : undefined;
  }

  #start(name: string, options: SpanOptions | undefined, parent: TraceContext | undefined): OtelSpan {
    const context =
      parent === undefined
        ? ROOT_CONTEXT
        : trace.setSpanContext(ROOT_CONTEXT, {
            traceId: parent.traceId,
            spanId: parent.spanId,
            traceFlags: parent.sampled ? TraceFlags.SAMPLED : TraceFlags.NONE,
            isRemote: true,
          });
    return startSpan(this.#tracer, this.#clock, { name, options, context });
  }
}

class RecordedSpan implements Span {
  readonly #tracer: Tracer;
  readonly #clock: SpanClock;
  readonly #span: OtelSpan;
  readonly traceId: string;
  readonly spanId: string;

  constructor(tracer: Tracer, clock: SpanClock, span: OtelSpan) {
    this.#tracer = tracer;
    this.#clock = clock;
    this.#span = span;
    const { traceId, spanId } = span.spanContext();
    this.traceId = traceId;
    this.spanId = spanId;
  }

  get traceparent(): string {
    return formatTraceparent({ traceId: this.traceId, spanId: this.spanId, sampled: true });
  }

  child(name: string, options?: SpanOptions): Span {
    const context = trace.setSpan(ROOT_CONTEXT, this.#span);
    const span = startSpan(this.#tracer, this.#clock, { name, options, context });
    return new RecordedSpan(this.#tracer, this.#clock, span);
  }

  end(attributes?: SpanAttributes, end: number = this.#clock.now()): void {
    if (attributes !== undefined) this.#span.setAttributes(attributes);
    this.#span.end(end);
  }

  fail(attributes?: SpanAttributes): void {
    this.#span.setStatus({ code: SpanStatusCode.ERROR });
    this.end(attributes);
  }
}

function startSpan(
  tracer: Tracer,
  clock: SpanClock,
  { name, options = {}, context }: { name: string; options: SpanOptions | undefined; context: Context },
): OtelSpan {
  const { kind, start = clock.now(), attributes } = options;
  return tracer.startSpan(
    name,
    {
      kind: kind === undefined ? SpanKind.INTERNAL : KINDS[kind],
      startTime: start,
      ...(attributes && { attributes }),
    },
    context,
  );
}

/** The system time with fractions of a millisecond, which show the order of spans within the same millisecond. */
class SpanClock {
  #offset = performance.timeOrigin;

  now(): number {
    const since = performance.now();
    const wall = Date.now();
    // The system clock was set, or it continued while the process was suspended.
    if (Math.abs(wall - since - this.#offset) > MAX_DRIFT_MS) this.#offset = wall - since;
    return this.#offset + since;
  }
}

function logFailures(log: Log): (error: unknown) => void {
  let loggedAt = Number.NEGATIVE_INFINITY;
  return (error) => {
    if (performance.now() - loggedAt < LOG_AGAIN_AFTER_MS) return;
    loggedAt = performance.now();
    log.warn({ reason: reasonOf(error) }, 'traces cannot be sent');
  };
}

/** Returns only the message: the error may contain the collector's whole answer. */
function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message.slice(0, MAX_REASON_CHARACTERS) : 'unknown';
}
