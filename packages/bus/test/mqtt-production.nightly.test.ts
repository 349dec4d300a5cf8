import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { mosquittoInstalled } from '../../../tests/servers/mosquitto.ts';
import {
  type ProductionMosquitto,
  startProductionMosquitto,
} from '../../../tests/servers/production-mosquitto.ts';
import { type Bus, openBus } from '../src/index.ts';
import { busContract, HEARD_WITHIN, hear } from './contract.ts';
import { messageOf } from './message.ts';
import { dropsUnreadable, mqttVenue } from './unreadable.ts';

describe.runIf(mosquittoInstalled)('the bus over Mosquitto as in production', () => {
  /** In a contract one user does all: publish, subscribe, and write what is not readable. */
  const ONE_FOR_ALL = 'user checks\ntopic readwrite carillon/channels/#\n';
  const start = async () => {
    const broker = await startProductionMosquitto({ acl: ONE_FOR_ALL });
    return mqttVenue(broker.urlOf('checks'), { ca: broker.ca, end: () => broker.stop() });
  };
  describe('as any bus', () => busContract(start));
  describe('that others write to', () => dropsUnreadable(start));

  describe('by its users', () => {
    let broker: ProductionMosquitto;
    const opened: Bus[] = [];
    beforeAll(async () => {
      broker = await startProductionMosquitto();
    });
    afterEach(() => Promise.all(opened.splice(0).map((bus) => bus.close())));
    afterAll(() => broker?.stop());

    async function open(url: string, ca: string | undefined = broker.ca): Promise<Bus> {
      const bus = await openBus(url, { ca });
      opened.push(bus);
      return bus;
    }
    const publish = (bus: Bus) => bus.publish('lobby', [messageOf('lobby', 1)]);
    const saysWhy = (bus: Bus, reason: RegExp) =>
      vi.waitFor(() => expect(publish(bus)).rejects.toThrow(reason), HEARD_WITHIN);

    it('carries what the chat service publishes to the broadcast nodes and the worker', async () => {
      const readers = [await open(broker.urlOf('broadcast-sse')), await open(broker.urlOf('worker'))];
      const heard = await Promise.all(readers.map((reader) => hear(reader)));
      const writer = await open(broker.urlOf('chat-service'));
      await vi.waitUntil(() => [writer, ...readers].every(({ connected }) => connected), HEARD_WITHIN);
      await publish(writer);
      for (const { messages } of heard) {
        await vi.waitUntil(() => messages.length > 0, HEARD_WITHIN);
        expect(messages).toEqual([messageOf('lobby', 1)]);
      }
      for (const bus of [writer, ...readers]) for (const link of bus.links) await link.ping();
    });

    it('drops what others than the chat service publish', async () => {
      const reader = await open(broker.urlOf('broadcast-sse'));
      const heard = await hear(reader);
      const [intruder, writer] = [
        await open(broker.urlOf('worker')),
        await open(broker.urlOf('chat-service')),
      ];
      await vi.waitUntil(() => [reader, intruder, writer].every(({ connected }) => connected), HEARD_WITHIN);
      await intruder.publish('lobby', [messageOf('lobby', 666)]);
      await publish(writer);
      await vi.waitUntil(() => heard.messages.length > 0, HEARD_WITHIN);
      expect(heard.messages).toEqual([messageOf('lobby', 1)]);
    });

    it('brings nothing to a user who may not read', async () => {
      const [reader, outsider] = [await open(broker.urlOf('worker')), await open(broker.urlOf('checks'))];
      const [heard, unheard] = [await hear(reader), await hear(outsider)];
      const writer = await open(broker.urlOf('chat-service'));
      await vi.waitUntil(() => [reader, outsider, writer].every(({ connected }) => connected), HEARD_WITHIN);
      await publish(writer);
      await vi.waitUntil(() => heard.messages.length > 0, HEARD_WITHIN);
      // What the broker sent before the answer to this would be here.
      for (const link of outsider.links) await link.ping();
      expect(unheard.messages).toEqual([]);
    });

    it('says why where the password is wrong', async () => {
      const bus = await open(broker.urlOf('chat-service', 'another'));
      await saysWhy(bus, /Not authorized/);
      expect(bus.connected).toBe(false);
    });

    it('says why where the certificate is not trusted', async () => {
      const bus = await openBus(broker.urlOf('chat-service'));
      opened.push(bus);
      await saysWhy(bus, /certificate/);
      expect(bus.connected).toBe(false);
    });

    it('refuses who comes without TLS, or without a name', async () => {
      const plain = await open(broker.urlOf('chat-service').replace('mqtts:', 'mqtt:'));
      await saysWhy(plain, /the connection was closed|ECONNRESET/);
      const nobody = await open(`mqtts://localhost:${broker.port}`);
      await saysWhy(nobody, /Not authorized/);
    });
  });
});
