import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually, eventuallyHolds } from '../eventually.ts';
import { kafkaInstalled, startKafka } from '../servers/kafka.ts';
import { mosquittoInstalled, startMosquitto } from '../servers/mosquitto.ts';
import { postgresInstalled } from '../servers/postgres.ts';
import type { ServerProcess } from '../servers/server-process.ts';
import type { Collector } from './collector.ts';
import type { Reader } from './reader.ts';
import type { Service } from './service.ts';
import { callersTrace, collected, PATIENCE_MS, POST, startTraced, type Traced } from './traced.ts';

const servers = { MQTT: startMosquitto, Kafka: startKafka };
const installed = { MQTT: mosquittoInstalled, Kafka: kafkaInstalled };

describe.runIf(postgresInstalled)('traces of chat-service and broadcast-sse', { timeout: 180_000 }, () => {
  describe.each(['MQTT', 'Kafka'] as const)('over %s', (bus) => {
    let broker: ServerProcess & { url: string };
    let traced: Traced;
    let collector: Collector;
    let chat: Service;
    let broadcast: Service;
    let reader: Reader;
    let post: Traced['post'];

    beforeAll(async () => {
      if (!installed[bus]) return;
      broker = await servers[bus]();
      traced = await startTraced(broker.url);
      ({ collector, chat, broadcast, reader, post } = traced);
    });
    afterAll(async () => {
      await traced?.stop();
      await broker?.stop();
    });

    it.runIf(installed[bus])('go on if the broker was away and the relay publishes again', async () => {
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
  });
});
