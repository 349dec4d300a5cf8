import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lentDatabase, lentMqtt } from '../servers/lent.ts';
import { mosquittoInstalled } from '../servers/mosquitto.ts';
import { postgresInstalled } from '../servers/postgres.ts';
import { type Collector, startCollector } from './collector.ts';
import { scrape, value } from './metrics.ts';
import { openReader, type Reader } from './reader.ts';
import { type Service, startService } from './service.ts';

/** Servers start and end in between, on a machine that others share. */
const SLOW_MS = 240_000;
const soon = { timeout: 60_000, interval: 200 };

const POSTS_PER_MINUTE = 60;
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0';

describe.runIf(postgresInstalled && mosquittoInstalled)('the numbers of the services', () => {
  let collector: Collector;
  let chat: Service;
  let broadcast: Service;
  let reader: Reader;

  beforeAll(async () => {
    collector = await startCollector();
    const env = {
      HISTORY_URL: await lentDatabase(),
      BUS_URL: await lentMqtt(),
      SESSION_SECRET: 'a secret that both have',
      DRAIN_SECONDS: '0',
      POSTS_PER_MINUTE: String(POSTS_PER_MINUTE),
      OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
      OTEL_TRACES_SAMPLER_ARG: '0',
    };
    chat = await startService('chat-service', env);
    broadcast = await startService('broadcast-sse', env);
    reader = await openReader(`${broadcast.url}/v1/channels/lobby/stream`);
  }, SLOW_MS);
  afterAll(async () => {
    reader?.close();
    await Promise.all([chat?.stop(), broadcast?.stop()]);
    await collector?.close();
  });

  const post = (channel: string, headers: Record<string, string> = {}) =>
    fetch(`${chat.url}/v1/channels/${channel}/messages`, {
      method: 'POST',
      body: 'hello',
      headers: { 'Content-Type': 'text/plain', ...headers },
    });
  const limited = () => value(chat, 'carillon_rate_limited_total{limit="posts"}');
  const refused = () => value(broadcast, 'carillon_streams_refused_total{reason="unauthenticated"}');

  it('begin at 0 if their labels are a closed list', { timeout: SLOW_MS }, async () => {
    expect([await limited(), await refused()]).toEqual([0, 0]);
    for (const limit of ['posts-of-address', 'posts-of-channel', 'calls', 'reads', 'reads-of-address'])
      expect(await value(chat, `carillon_rate_limited_total{limit="${limit}"}`)).toBe(0);
    expect(await value(broadcast, 'carillon_rate_limited_total{limit="streams"}')).toBe(0);
    expect(await value(chat, 'carillon_bus_publish_failures_total{bus="mqtt"}')).toBe(0);
    expect(await value(chat, 'carillon_bus_publish_seconds_count{bus="mqtt"}')).toBe(0);
    expect(await value(broadcast, 'carillon_streams_refused_total{reason="invalid"}')).toBe(0);
    expect(await value(broadcast, 'carillon_streams_refused_total{reason="rate_limited"}')).toBe(0);
  });

  it('have the trace of a post as the exemplar of its delivery', { timeout: SLOW_MS }, async () => {
    // A delivery of the same bucket may come in between: then it is tried again.
    await expect
      .poll(async () => {
        const traceId = randomBytes(16).toString('hex');
        const answer = await post('lobby', { traceparent: `00-${traceId}-${'1'.repeat(16)}-01` });
        expect(answer.status).toBe(201);
        const { seq } = (await answer.json()) as { seq: number };
        await expect.poll(() => reader.text(), soon).toContain(`"seq":${seq},`);
        const text = await scrape(broadcast, OPEN_METRICS);
        const exemplars = [...text.matchAll(/^carillon_delivery_seconds_bucket\{.*?\} \d+ # \{(.*?)\}/gm)];
        return exemplars.map(([, labels]) => labels).includes(`trace_id="${traceId}"`);
      }, soon)
      .toBe(true);
  });

  it('count a stream that is refused', { timeout: SLOW_MS }, async () => {
    const before = (await refused()) ?? 0;
    const answer = await fetch(`${broadcast.url}/v1/channels/lobby/stream?ticket=none`);
    expect(answer.status).toBe(401);
    expect(await refused()).toBe(before + 1);
  });

  it('count the posts that are over a limit', { timeout: SLOW_MS }, async () => {
    const before = (await limited()) ?? 0;
    const statuses: number[] = [];
    // Over a minute's end twice as many are let in.
    for (let count = 0; count < 3 * POSTS_PER_MINUTE; count++) statuses.push((await post('limited')).status);
    const over = statuses.filter((status) => status === 429).length;
    expect(over).toBeGreaterThan(0);
    expect(await limited()).toBe(before + over);
  });
});
