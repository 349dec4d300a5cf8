import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { type Standalone, startStandalone } from '../servers/standalone.ts';
import { type CollectedSpan, type Collector, startCollector } from './collector.ts';
import { linesOf } from './service.ts';

const PATIENCE_MS = 60_000;
const ROUTE = '/v1/channels/{channel}/stream';

let collector: Collector;
let standalone: Standalone;
beforeAll(async () => {
  collector = await startCollector();
  standalone = await startStandalone({
    env: {
      LOG_LEVEL: 'info',
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
      OTEL_BSP_SCHEDULE_DELAY: '100',
      OTEL_TRACES_SAMPLER: 'always_on',
    },
  });
}, 300_000);
afterAll(async () => {
  await standalone?.stop();
  await collector?.close();
});

/** The line that has these, once it is there. */
function line(fields: Record<string, unknown>): Promise<Record<string, unknown> | undefined> {
  const isIt = (each: Record<string, unknown>) =>
    Object.entries(fields).every(([key, value]) => each[key] === value);
  return eventually(
    `a line with ${JSON.stringify(fields)}`,
    () => linesOf(standalone.stdout()).find(isIt),
    PATIENCE_MS,
  );
}

const stream = (channel: string) => `${standalone.url}/v1/channels/${channel}/stream`;

it('a stream that is refused has its line, is counted, and its span ends', async () => {
  const answer = await fetch(`${stream('lobby')}?ticket=none`, { headers: { 'X-Request-Id': 'refused-1' } });
  expect(answer.status).toBe(401);
  expect(await line({ msg: 'request', request_id: 'refused-1' })).toMatchObject({
    method: 'GET',
    route: ROUTE,
    status: 401,
    bytes: expect.any(Number),
  });
  const metrics = await (await fetch(`http://127.0.0.1:${standalone.adminPort}/metrics`)).text();
  expect(metrics).toContain(`carillon_http_requests_total{method="GET",route="${ROUTE}",status="401"} 1`);
  const isIts = ({ attributes }: CollectedSpan) => attributes['carillon.request_id'] === 'refused-1';
  const span = await eventually('its span', () => collector.spans.find(isIts), PATIENCE_MS);
  expect(span?.attributes).toMatchObject({ 'http.route': ROUTE, 'http.response.status_code': 401 });
});
