import type { Log } from './log.ts';
import type { OpenTracing, TracingConfig } from './tracing.ts';

/** Begins to record traces, where the environment names an endpoint for them; undefined where it names none. */
export async function openTracing(
  service: string,
  config: TracingConfig,
  log: Log,
): Promise<OpenTracing | undefined> {
  if (config.OTEL_EXPORTER_OTLP_ENDPOINT === undefined) return undefined;
  const { recordTraces } = await import('./recorded-traces.ts');
  return recordTraces(service, config, log);
}
