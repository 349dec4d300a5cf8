/** Traces with OpenTelemetry. They are off, and the library is not loaded, unless an endpoint is set. */
import type { Tracing } from '@carillon/protocol';
import { z } from 'zod';
import { secret } from './config.ts';
import { number, urlOf } from './fields.ts';

/** One request in a hundred: at 10,000 posts a second still 100 traces a second. */
const RATIO = 0.01;

/** Enough for debugging with your own traces, and too few for a caller to overload a node. */
const CALLER_TRACES_PER_SECOND = 10;

/** The variables of OpenTelemetry that are validated at the start. The SDK reads its other variables (`OTEL_*`) itself. */
export const tracingConfig = z.object({
  OTEL_EXPORTER_OTLP_ENDPOINT: urlOf('http:', 'https:').optional().meta({
    description: 'the OTLP endpoint that traces are sent to, such as `http://collector:4318`',
    unset: 'no traces',
  }),
  OTEL_EXPORTER_OTLP_HEADERS: secret(z.string().optional()).meta({
    description: 'headers to send with them, such as `authorization=Bearer …`',
    unset: 'none',
  }),
  OTEL_TRACES_SAMPLER: z
    .enum([
      'parentbased_traceidratio',
      'parentbased_always_on',
      'parentbased_always_off',
      'traceidratio',
      'always_on',
      'always_off',
    ])
    .default('parentbased_traceidratio')
    .describe(
      'which requests are traced; with `parentbased_`, a request that already belongs to a trace follows the decision of its caller',
    ),
  OTEL_TRACES_SAMPLER_ARG: number()
    .min(0)
    .max(1)
    .default(RATIO)
    .describe('the share of requests to trace, for a sampler with a ratio'),
  CALLER_TRACES_PER_SECOND: number()
    .int()
    .min(0)
    .default(CALLER_TRACES_PER_SECOND)
    .describe(
      "requests per second that are traced as part of their caller's trace; for the rest, the trace id is only logged",
    ),
});
export type TracingConfig = z.output<typeof tracingConfig>;

export interface OpenTracing extends Tracing {
  /** Sends the remaining traces, within 2 s. */
  close(): Promise<void>;
}
