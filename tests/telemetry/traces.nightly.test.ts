import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { kafkaInstalled } from '../servers/kafka.ts';
import { lentKafka, lentMqtt } from '../servers/lent.ts';
import { mosquittoInstalled } from '../servers/mosquitto.ts';
import { postgresInstalled } from '../servers/postgres.ts';
import type { CollectedSpan, Collector } from './collector.ts';
import type { Reader } from './reader.ts';
import type { Service } from './service.ts';
import { callersTrace, collected, PATIENCE_MS, POST, startTraced, type Traced } from './traced.ts';

/** The times of day that two processes keep count of. */
const CLOCKS_APART_NS = 20_000_000n;

const buses = { MQTT: lentMqtt, Kafka: lentKafka };
const installed = { MQTT: mosquittoInstalled, Kafka: kafkaInstalled };

// Where the broker goes away: traces-broker-away.nightly.test.ts.
describe.runIf(postgresInstalled)('traces of chat-service and broadcast-sse', { timeout: 180_000 }, () => {
  describe.each(['MQTT', 'Kafka'] as const)('over %s', (bus) => {
    let traced: Traced;
    let collector: Collector;
    let chat: Service;
    let broadcast: Service;
    let reader: Reader;
    let post: Traced['post'];

    beforeAll(async () => {
      if (!installed[bus]) return;
      traced = await startTraced(await buses[bus]());
      ({ collector, chat, broadcast, reader, post } = traced);
    });
    afterAll(() => traced?.stop());

    it.runIf(installed[bus])('follow one post from its caller to the last write to a reader', async () => {
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

    it.runIf(installed[bus])('are limited to ten a second, whatever strangers ask for', async () => {
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
