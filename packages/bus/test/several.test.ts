import { randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { lentMqtt } from '../../../tests/servers/lent.ts';
import { mosquittoInstalled } from '../../../tests/servers/mosquitto.ts';
import { type Bus, openBus } from '../src/index.ts';
import { busContract, HEARD_WITHIN, hear } from './contract.ts';
import { messageOf } from './message.ts';

describe('several buses as one', () => {
  describe('as any bus', () =>
    busContract(async () => {
      const urls = `memory:${randomUUID()} memory:${randomUUID()}`;
      return { open: () => openBus(urls), end: async () => {} };
    }));

  describe.runIf(mosquittoInstalled)('of which one is over a broker', () => {
    const opened: Bus[] = [];
    afterEach(() => Promise.all(opened.splice(0).map((bus) => bus.close())));

    async function open(urls: string): Promise<Bus> {
      const bus = await openBus(urls);
      opened.push(bus);
      await vi.waitUntil(() => bus.connected, HEARD_WITHIN);
      return bus;
    }

    it('publish to all, and read from the first alone', async () => {
      const [memory, mqtt] = [`memory:${randomUUID()}`, await lentMqtt()];
      const both = await open(`${memory} ${mqtt}`);
      const [heard, inMemory, overMqtt] = [
        await hear(both),
        await hear(await open(memory)),
        await hear(await open(mqtt)),
      ];
      await both.publish('lobby', [messageOf('lobby', 1)]);
      for (const { messages } of [heard, inMemory, overMqtt]) {
        await vi.waitUntil(() => messages.length > 0, HEARD_WITHIN);
        expect(messages).toEqual([messageOf('lobby', 1)]);
      }
      expect(both.links.map((link) => link.broker)).toEqual(['memory', 'MQTT']);
    });
  });
});
