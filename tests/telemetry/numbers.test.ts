import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { mosquittoInstalled, startMosquitto } from '../servers/mosquitto.ts';
import { type Postgres, postgresInstalled, startPostgres } from '../servers/postgres.ts';
import type { ServerProcess } from '../servers/server-process.ts';
import { type Collector, startCollector } from './collector.ts';
import { openReader, type Reader } from './reader.ts';
import { type Service, startService } from './service.ts';

/** Servers start and end in between, on a machine that others share. */
const SLOW_MS = 240_000;
const soon = { timeout: 60_000, interval: 200 };

const POSTS_PER_MINUTE = 60;
const OPEN_METRICS = 'application/openmetrics-text; version=1.0.0';

describe.runIf(postgresInstalled && mosquittoInstalled)('the numbers of the services', () => {
  let postgres: Postgres;
  let broker: ServerProcess & { url: string };
  let collector: Collector;
  let chat: Service;
  let broadcast: Service;
  let reader: Reader;

  beforeAll(async () => {
    [postgres, broker, collector] = await Promise.all([startPostgres(), startMosquitto(), startCollector()]);
    const env = {
      HISTORY_URL: await postgres.createDatabase(),
      BUS_URL: broker.url,
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
    await Promise.all([broker?.stop(), postgres?.stop(), collector?.close()]);
  });

  const scrape = async ({ adminUrl }: Service, accept = 'text/plain') =>
    (await fetch(`${adminUrl}/metrics`, { headers: { accept } })).text();
  /** The value of one series, by its name with its labels. */
  const value = async (service: Service, series: string): Promise<number | undefined> => {
    const line = (await scrape(service)).split('\n').find((each) => each.startsWith(`${series} `));
    return line === undefined ? undefined : Number(line.slice(series.length + 1));
  };
  const post = (channel: string, headers: Record<string, string> = {}) =>
    fetch(`${chat.url}/v1/channels/${channel}/messages`, {
      method: 'POST',
      body: 'hello',
      headers: { 'Content-Type': 'text/plain', ...headers },
    });
  const limited = () => value(chat, 'carillon_rate_limited_total{limit="posts"}');
  const refused = () => value(broadcast, 'carillon_streams_refused_total{reason="unauthenticated"}');

  it('begin at 0 where their labels are a closed list', { timeout: SLOW_MS }, async () => {
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

  it('say that the broker is away, and for how long a message waits for it', {
    timeout: SLOW_MS,
  }, async () => {
    const oldest = () => value(chat, 'carillon_relay_oldest_seconds');
    const backlog = () => value(chat, 'carillon_relay_backlog_messages');
    const up = async () => [
      await value(chat, 'carillon_bus_up{bus="mqtt"}'),
      await value(broadcast, 'carillon_bus_up{bus="mqtt"}'),
    ];
    await expect.poll(backlog, soon).toBe(0);
    expect([await oldest(), await up()]).toEqual([0, [1, 1]]);
    await broker.kill();
    await expect.poll(up, soon).toEqual([0, 0]);
    const posted = performance.now();
    expect((await post('waits')).status).toBe(201);
    await expect.poll(backlog, soon).toBe(1);
    const first = (await oldest()) ?? 0;
    expect(first).toBeGreaterThanOrEqual(0);
    await expect.poll(oldest, soon).toBeGreaterThan(first + 1);
    expect(await oldest()).toBeLessThanOrEqual((performance.now() - posted) / 1_000);
    expect(await value(chat, 'carillon_bus_publish_failures_total{bus="mqtt"}')).toBeGreaterThan(0);
    await broker.restart();
    await expect.poll(up, soon).toEqual([1, 1]);
    await expect.poll(backlog, soon).toBe(0);
    await expect.poll(oldest, soon).toBe(0);
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
