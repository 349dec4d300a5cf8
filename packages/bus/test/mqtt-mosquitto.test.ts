import { afterEach, describe, expect, it, vi } from 'vitest';
import { lentMqtt } from '../../../tests/servers/lent.ts';
import { type Mosquitto, mosquittoInstalled, startMosquitto } from '../../../tests/servers/mosquitto.ts';
import { type Bus, openBus } from '../src/index.ts';
import { busContract, HEARD_WITHIN, hear } from './contract.ts';
import { messageOf } from './message.ts';
import { dropsUnreadable, mqttVenue } from './unreadable.ts';

describe.runIf(mosquittoInstalled)('the bus over Mosquitto', () => {
  const start = async () => mqttVenue(await lentMqtt());
  describe('as any bus', () => busContract(start));
  describe('that others write to', () => dropsUnreadable(start));

  describe('that several share, each with a prefix of its own', () => {
    let broker: Mosquitto | undefined;
    const opened: Bus[] = [];
    afterEach(async () => {
      await Promise.all(opened.splice(0).map((bus) => bus.close()));
      await broker?.stop();
    });

    it('hear nothing of each other, and each reaches the broker', async () => {
      broker = await startMosquitto();
      const { url } = broker;
      const buses = await Promise.all([
        openBus(url),
        openBus(`${url}/carillon-dev`),
        openBus(url, { topicsPrefix: 'carillon-prod' }),
      ]);
      opened.push(...buses);
      const heard = await Promise.all(buses.map((bus) => hear(bus)));
      await vi.waitUntil(() => buses.every(({ connected }) => connected), HEARD_WITHIN);
      for (const [index, bus] of buses.entries()) await bus.publish('lobby', [messageOf('lobby', index + 1)]);
      // Sent after what the others published: what comes back comes after it.
      for (const bus of buses) for (const link of bus.links) await link.ping();
      for (const [index, { messages }] of heard.entries()) {
        await vi.waitUntil(() => messages.length > 0, HEARD_WITHIN);
        expect(messages).toEqual([messageOf('lobby', index + 1)]);
      }
    });
  });
});
