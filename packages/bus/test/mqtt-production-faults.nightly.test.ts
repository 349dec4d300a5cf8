import { readFileSync } from 'node:fs';
import { connect, connectAsync } from 'mqtt';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { mosquittoInstalled } from '../../../tests/servers/mosquitto.ts';
import {
  type ProductionMosquitto,
  startProductionMosquitto,
} from '../../../tests/servers/production-mosquitto.ts';
import { shortest } from '../../../tests/shortest.ts';
import { decodeEnvelope } from '../src/envelope.ts';
import { openBus } from '../src/index.ts';
import { brokerFaults, venueOf } from './broker-faults.ts';
import { HEARD_WITHIN } from './contract.ts';
import { messagesOf } from './message.ts';

describe.runIf(mosquittoInstalled)('the bus over Mosquitto as in production', () => {
  /** One user does all: publish, and subscribe. */
  const ONE_FOR_ALL = 'user checks\ntopic readwrite carillon/channels/#\n';
  const start = async () => {
    const broker = await startProductionMosquitto({ acl: ONE_FOR_ALL });
    return venueOf(Object.assign(broker, { url: broker.urlOf('checks') }), { ca: broker.ca });
  };
  describe('as its broker comes and goes', () => brokerFaults(start));

  describe('for a consumer that comes back', () => {
    let broker: ProductionMosquitto;
    beforeAll(async () => {
      broker = await startProductionMosquitto();
    });
    afterAll(() => broker?.stop());

    it('writes what it acknowledged for a persistent session within a second, and keeps it over kill -9', async () => {
      const session = {
        ...broker.loginOf('worker'),
        clientId: 'a-consumer',
        clean: false,
        ca: broker.ca,
        protocolVersion: 4,
        reconnectPeriod: 0,
      } as const;
      const consumer = await connectAsync(session);
      await consumer.subscribeAsync('carillon/channels/+', { qos: 1 });
      await consumer.endAsync();
      const writer = await openBus(broker.urlOf('chat-service'), { ca: broker.ca });
      await vi.waitUntil(() => writer.connected, HEARD_WITHIN);
      const limitMs = 1_000;
      let last = 0;
      const written = await shortest(limitMs, async () => {
        for (const message of messagesOf('kept', last + 1, last + 50))
          await writer.publish('kept', [message]);
        last += 50;
        const acknowledged = performance.now();
        // It writes after it has acknowledged, in the same turn of its loop: a kill in between would lose the last one.
        await vi.waitUntil(() => readFileSync(broker.database).includes(`message ${last}`), HEARD_WITHIN);
        return performance.now() - acknowledged;
      });
      expect(written).toBeLessThan(limitMs);
      await broker.kill('SIGKILL');
      await broker.restart();

      const seqs = new Set<number>();
      const returned = connect(session);
      returned.on('message', (_topic, payload) => {
        for (const { seq } of decodeEnvelope(payload, 'kept')?.events ?? []) seqs.add(seq);
      });
      await vi.waitUntil(() => seqs.size === last, HEARD_WITHIN);
      expect([...seqs]).toEqual(messagesOf('kept', 1, last).map(({ seq }) => seq));
      await returned.endAsync();
      await writer.close();
    });
  });
});
