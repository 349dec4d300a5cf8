import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { kafkaInstalled, startKafka } from '../servers/kafka.ts';
import { mosquittoInstalled, startMosquitto } from '../servers/mosquitto.ts';
import { type Postgres, postgresInstalled, startPostgres } from '../servers/postgres.ts';
import type { ServerProcess } from '../servers/server-process.ts';
import { type CollectedSpan, type Collector, startCollector } from './collector.ts';
import { openReader, type Reader } from './reader.ts';
import { type Service, startService } from './service.ts';

const PATIENCE_MS = 60_000;
/** The times of day that two processes keep count of. */
const CLOCKS_APART_NS = 20_000_000n;
const PATH = '/v1/channels/lobby/messages';
const POST = 'POST /v1/channels/{channel}/messages';

/** What a caller sends that traces what it does. */
function callersTrace(flags = '01') {
  const [traceId, spanId] = [randomBytes(16).toString('hex'), randomBytes(8).toString('hex')];
  return { traceId, spanId, traceparent: `00-${traceId}-${spanId}-${flags}` };
}

/** The spans of one trace by name, once all of these are there. */
async function collected(
  collector: Collector,
  traceId: string,
  names: readonly string[],
): Promise<CollectedSpan[]> {
  const found = () => {
    const spans = collector.spansOf(traceId);
    return names.flatMap((name) => spans.find((span) => span.name === name) ?? []);
  };
  const all = () => found().length === names.length;
  await eventually(`${names.join(', ')} of ${traceId}`, all, PATIENCE_MS);
  return found();
}

const servers = { MQTT: startMosquitto, Kafka: startKafka };
const installed = { MQTT: mosquittoInstalled, Kafka: kafkaInstalled };

describe.runIf(postgresInstalled)('traces of chat-service and broadcast-sse', { timeout: 180_000 }, () => {
  let postgres: Postgres;
  beforeAll(async () => {
    postgres = await startPostgres();
  });
  afterAll(() => postgres?.stop());

  describe.each(['MQTT', 'Kafka'] as const)('over %s', (bus) => {
    let broker: ServerProcess & { url: string };
    let collector: Collector;
    let chat: Service;
    let broadcast: Service;
    let reader: Reader;

    beforeAll(async () => {
      if (!installed[bus]) return;
      collector = await startCollector();
      broker = await servers[bus]();
      const env = {
        HISTORY_URL: await postgres.createDatabase(),
        BUS_URL: broker.url,
        SESSION_SECRET: 'a secret that both have',
        DRAIN_SECONDS: '0',
        RATE_LIMIT: 'off',
        OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
        OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
        OTEL_BSP_SCHEDULE_DELAY: '100',
        OTEL_TRACES_SAMPLER_ARG: '0',
      };
      chat = await startService('chat-service', env);
      broadcast = await startService('broadcast-sse', env);
      reader = await openReader(`${broadcast.url}/v1/channels/lobby/stream`);
      await eventually('the bus to bring what is posted', live, PATIENCE_MS);
    });
    afterAll(async () => {
      reader?.close();
      await Promise.all([chat?.stop(), broadcast?.stop()]);
      await broker?.stop();
      await collector?.close();
    });

    /** A member of a Kafka group hears nothing before it has joined. */
    const live = async () => {
      const { traceId, traceparent } = callersTrace();
      await post('is anybody there?', { traceparent });
      const [, receive] = await collected(collector, traceId, [POST, 'receive']);
      return receive?.attributes['carillon.known'] === false;
    };
    const post = (body: string, headers: Record<string, string> = {}) =>
      fetch(`${chat.url}${PATH}`, {
        method: 'POST',
        body,
        headers: { 'Content-Type': 'text/plain', ...headers },
      });

    it.runIf(installed[bus])('hold one post from its caller to the last write to a reader', async () => {
      const caller = callersTrace();
      const answer = await post('followed', { traceparent: caller.traceparent });
      expect(answer.status).toBe(201);
      await eventually('the message', () => reader.text().includes('followed'), PATIENCE_MS);

      const names = [POST, 'commit', 'publish', 'receive', 'round'];
      const [asked, commit, publish, receive, round] = (await collected(
        collector,
        caller.traceId,
        names,
      )) as [CollectedSpan, CollectedSpan, CollectedSpan, CollectedSpan, CollectedSpan];
      expect(asked.parentSpanId).toBe(caller.spanId);
      expect(commit.parentSpanId).toBe(asked.spanId);
      expect(publish.parentSpanId).toBe(asked.spanId);
      expect(receive.parentSpanId).toBe(publish.spanId);
      expect(round.parentSpanId).toBe(receive.spanId);
      expect([asked, commit, publish].map(({ service }) => service)).toEqual(Array(3).fill('chat-service'));
      expect([receive, round].map(({ service }) => service)).toEqual(Array(2).fill('broadcast-sse'));
      expect(collector.spansOf(caller.traceId)).toHaveLength(names.length);

      for (const times of [
        [asked.start, commit.start, commit.end, publish.start],
        [receive.start, round.start, round.end],
      ])
        expect(times).toEqual([...times].sort((one, other) => (one < other ? -1 : 1)));
      expect(receive.start).toBeGreaterThan(publish.start - CLOCKS_APART_NS);
      expect(asked.attributes).toMatchObject({
        'http.route': '/v1/channels/{channel}/messages',
        'http.response.status_code': 201,
        'carillon.request_id': answer.headers.get('x-request-id'),
      });
      expect(round.attributes).toMatchObject({ 'carillon.writes': 1 });
      expect(JSON.stringify(collector.received.map(({ body }) => body.toString()))).not.toContain('followed');

      const isIts = ({ trace_id }: Record<string, unknown>) => trace_id === caller.traceId;
      const line = await eventually('its line', () => chat.lines('request').find(isIts), PATIENCE_MS);
      expect(line).toMatchObject({ trace_id: caller.traceId, span_id: asked.spanId, status: 201 });
    });

    it.runIf(installed[bus])(
      'begin where the caller does not trace, or sends what is no traceparent, only by the ratio',
      async () => {
        const callers = [
          callersTrace('00').traceparent,
          `00-${'0'.repeat(32)}-${'1'.repeat(16)}-01`,
          'nonsense',
        ];
        for (const traceparent of callers)
          expect((await post('unfollowed', { traceparent })).status).toBe(201);
        const { traceId, traceparent } = callersTrace();
        await post('the last', { traceparent });
        await collected(collector, traceId, [POST, 'round']);
        const begun = new Set(collector.spans.map((span) => span.traceId));
        for (const each of callers) expect(begun).not.toContain(each.split('-')[1]);
      },
    );

    it.runIf(installed[bus])('are no more than ten a second, whatever strangers ask for', async () => {
      const callers = Array.from({ length: 60 }, () => callersTrace());
      const start = performance.now();
      await Promise.all(callers.map(({ traceparent }) => post('flood', { traceparent })));
      const seconds = Math.ceil((performance.now() - start) / 1_000) + 1;
      await new Promise((resolve) => setTimeout(resolve, 1_100));
      const { traceId, traceparent } = callersTrace();
      await post('after the flood', { traceparent });
      await collected(collector, traceId, [POST, 'round']);
      const recorded = callers.filter((caller) => collector.spansOf(caller.traceId).length > 0);
      expect(recorded.length).toBeGreaterThan(0);
      expect(recorded.length).toBeLessThanOrEqual(10 * seconds);
      const unnoted = () => {
        const noted = new Set(chat.lines('request').map(({ trace_id }) => trace_id));
        return callers.filter(({ traceId }) => !noted.has(traceId));
      };
      await eventually('a line of each', () => unnoted().length === 0, PATIENCE_MS);
    });

    it.runIf(installed[bus])('go on where the broker was away and the relay publishes again', async () => {
      await broker.kill();
      await eventuallyHolds(async () => {
        const metrics = await (await fetch(`${chat.adminUrl}/metrics`)).text();
        await post('notices it');
        expect(metrics).toMatch(/^carillon_bus_publish_failures_total(\{[^}]*\})? [1-9]/m);
      }, PATIENCE_MS);
      const { traceId, traceparent } = callersTrace();
      expect((await post('past the broker', { traceparent })).status).toBe(201);
      await eventually('the message', () => reader.text().includes('past the broker'), PATIENCE_MS);
      // What the relay publishes before the reader's node is back comes to it by the store alone: its trace would end there.
      process.kill(chat.pid, 'SIGSTOP');
      try {
        await broker.restart();
        await eventuallyHolds(async () => {
          const metrics = await (await fetch(`${broadcast.adminUrl}/metrics`)).text();
          expect(metrics).toMatch(/^carillon_bus_up\{[^}]*\} 1$/m);
        }, PATIENCE_MS);
      } finally {
        process.kill(chat.pid, 'SIGCONT');
      }
      const names = [POST, 'receive', 'backfill', 'round'];
      const [, receive, backfill, round] = await collected(collector, traceId, names);
      const published = () => collector.spansOf(traceId).filter(({ name }) => name === 'publish');
      // Each service sends its spans when it comes to it.
      const taken = await eventually(
        'the publish that was taken',
        () => published().find(({ failed }) => !failed),
        PATIENCE_MS,
      );
      expect(published().some(({ failed }) => failed)).toBe(true);
      expect(receive?.parentSpanId).toBe(taken?.spanId);
      expect(receive?.attributes).toMatchObject({ 'carillon.known': true });
      expect(backfill?.parentSpanId).toBe(receive?.spanId);
      expect(round?.parentSpanId).toBe(receive?.spanId);
      expect(round?.attributes).toMatchObject({ 'carillon.writes': 1 });
    });

    it.runIf(installed[bus])('are sent before a stop', async () => {
      const { traceId, traceparent } = callersTrace();
      await post('before the stop', { traceparent });
      await eventually('the message', () => reader.text().includes('before the stop'), PATIENCE_MS);
      expect(await chat.stop()).toBe(0);
      expect(await broadcast.stop()).toBe(0);
      const names = collector.spansOf(traceId).map(({ name }) => name);
      expect(names.sort()).toEqual(['commit', POST, 'publish', 'receive', 'round'].sort());
    });
  });
});
