import { trace } from '@opentelemetry/api';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createLog, type OpenTracing, openTracing, tracingConfig } from '../src/index.ts';

const MOST = 3;
const caller = (sampled: boolean) => ({ traceId: 'a'.repeat(32), spanId: 'b'.repeat(16), sampled });

let tracing: OpenTracing | undefined;
beforeAll(async () => {
  const config = tracingConfig.parse({
    // Nobody listens there.
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9',
    CALLER_TRACES_PER_SECOND: String(MOST),
    OTEL_TRACES_SAMPLER_ARG: '1',
  });
  tracing = await openTracing('test', config, createLog({ service: 'test', level: 'silent' }));
});
afterAll(() => tracing?.close());

it('a caller over the cap costs no span, and who is not recorded takes none of the room', () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(performance.now());
  const start = vi.spyOn(trace.getTracer('carillon'), 'startSpan');
  try {
    const begin = (sampled: boolean) => tracing?.begin('GET /', caller(sampled));
    for (let asked = 0; asked < 2 * MOST; asked += 1) expect(begin(false)).toBeUndefined();
    for (let asked = 0; asked < MOST; asked += 1) expect(begin(true)?.traceId).toBe(caller(true).traceId);
    start.mockClear();
    expect(begin(true)).toBeUndefined();
    expect(begin(false)).toBeUndefined();
    expect(start).not.toHaveBeenCalled();
    // Who comes without a trace is sampled as ever.
    expect(tracing?.begin('GET /', undefined)).toBeDefined();
    expect(start).toHaveBeenCalledTimes(1);
  } finally {
    start.mockRestore();
    clock.mockRestore();
  }
});
