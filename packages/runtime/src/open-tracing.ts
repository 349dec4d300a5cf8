import type { Log } from './log.ts';
import type { OpenTracing, TracingConfig } from './tracing.ts';

/** Starts recording traces if the environment has an endpoint for them; returns undefined if not. */
export async function openTracing(
  service: string,
  config: TracingConfig,
  log: Log,
): Promise<OpenTracing | undefined> {
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return undefined;
  const { recordTraces } = await import('./recorded-traces.ts');
  return recordTraces(service, config, log);
}
