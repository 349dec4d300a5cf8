import { afterAll, beforeAll, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { type Standalone, startStandalone } from '../servers/standalone.ts';
import { type CollectedSpan, type Collector, startCollector } from './collector.ts';
import { openReader } from './reader.ts';
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

it('a refused stream has a log line, is counted, and its span ends', async () => {
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

it('a stream has a log line with what it was sent, how far behind it was and why it ended', async () => {
  const post = async (body: string) => {
    const answer = await fetch(`${standalone.url}/v1/channels/lines/messages`, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'text/plain' },
    });
    expect(answer.status).toBe(201);
  };
  for (const body of ['one', 'two', 'three']) await post(body);
  const reader = await openReader(`${stream('lines')}?since=earliest`, { 'X-Request-Id': 'reader-1' });
  await eventually('what was there', () => reader.text().includes('three'), PATIENCE_MS);
  await post('four');
  await eventually('what came', () => reader.text().includes('four'), PATIENCE_MS);
  reader.close();
  expect(await line({ msg: 'stream', request_id: 'reader-1' })).toMatchObject({
    channels: 1,
    cursor: expect.stringMatching(/\.4$/),
    delivered: 4,
    lag: 3,
    reason: 'left',
  });
});

it('keeps a valid request id of a caller and returns it, on streams too, and replaces any other', async () => {
  const ask = (id: string) => fetch(`${standalone.url}/v1/channels`, { headers: { 'X-Request-Id': id } });
  const answered = async (id: string) => (await ask(id)).headers.get('x-request-id');
  for (const id of ['12345678', 'A.b_c-9'.padEnd(64, 'x')]) {
    expect(await answered(id)).toBe(id);
    await line({ msg: 'request', request_id: id });
  }
  for (const id of ['1234567', 'x'.repeat(65), 'with space', 'quote"quote'])
    expect(await answered(id)).toMatch(/^[0-9a-f]{20}-[0-9a-z]+$/);
  const reader = await openReader(stream('lobby'), { 'X-Request-Id': 'reader-2' });
  expect(reader.headers.get('x-request-id')).toBe('reader-2');
  reader.close();
});
