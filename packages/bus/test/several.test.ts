import { randomUUID } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Mosquitto, mosquittoInstalled, startMosquitto } from '../../../tests/servers/mosquitto.ts';
import { type Bus, BusUnavailable, openBus } from '../src/index.ts';
import { busContract, HEARD_WITHIN, hear } from './contract.ts';
import { messageOf } from './message.ts';

describe('several buses as one', () => {
  describe('as any bus', () =>
    busContract(async () => {
      const urls = `memory:${randomUUID()} memory:${randomUUID()}`;
      return { open: () => openBus(urls), end: async () => {} };
    }));

  describe.runIf(mosquittoInstalled)('as one of their brokers comes and goes', () => {
    let broker: Mosquitto;
    const opened: Bus[] = [];
    beforeAll(async () => {
      broker = await startMosquitto();
    });
    afterEach(() => Promise.all(opened.splice(0).map((bus) => bus.close())));
    afterAll(() => broker?.stop());

    async function open(urls: string): Promise<Bus> {
      const bus = await openBus(urls);
      opened.push(bus);
      await vi.waitUntil(() => bus.connected, HEARD_WITHIN);
      return bus;
    }

    it('publish to all, and read from the first alone', async () => {
      const memory = `memory:${randomUUID()}`;
      const both = await open(`${memory} ${broker.url}`);
      const [heard, inMemory, overMqtt] = [
        await hear(both),
        await hear(await open(memory)),
        await hear(await open(broker.url)),
      ];
      await both.publish('lobby', [messageOf('lobby', 1)]);
      for (const { messages } of [heard, inMemory, overMqtt]) {
        await vi.waitUntil(() => messages.length > 0, HEARD_WITHIN);
        expect(messages).toEqual([messageOf('lobby', 1)]);
      }
      expect(both.links.map((link) => link.broker)).toEqual(['memory', 'MQTT']);
    });

    it('refuse what one did not take, so that it comes again, and deliver at once through the others', async () => {
      const both = await open(`memory:${randomUUID()} ${broker.url}`);
      const happened: string[] = [];
      await both.subscribe(() => void happened.push('heard'));
      broker.freeze();
      try {
        const published = both.publish('lobby', [messageOf('lobby', 1)]);
        await expect(published.finally(() => happened.push('answered'))).rejects.toBeInstanceOf(
          BusUnavailable,
        );
        expect(happened).toEqual(['heard', 'answered']);
        expect(both.connected).toBe(false);
      } finally {
        broker.thaw();
      }
      await vi.waitFor(() => both.publish('lobby', [messageOf('lobby', 1)]), HEARD_WITHIN);
    });
  });
});
