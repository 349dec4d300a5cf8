import { CompressionTypes } from 'kafkajs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { kafkaInstalled } from '../../../tests/servers/kafka.ts';
import { lentKafka } from '../../../tests/servers/lent.ts';
import { type Bus, type BusOptions, openBus } from '../src/index.ts';
import { MAX_UNPACKED_BYTES } from '../src/kafka-codecs.ts';
import { HEARD_WITHIN } from './contract.ts';
import { setTopic, writeTo } from './kafka-topic.ts';
import { listening, type Told } from './listening.ts';
import { messageOf, messagesOf } from './message.ts';

describe.runIf(kafkaInstalled)('a topic that packs what is written to it', { timeout: 120_000 }, () => {
  const opened: Bus[] = [];
  afterEach(() => Promise.all(opened.splice(0).map((bus) => bus.close())));

  async function open(url: string, options: BusOptions = {}): Promise<Bus> {
    const bus = await openBus(url, options);
    opened.push(bus);
    await vi.waitUntil(() => bus.connected, HEARD_WITHIN);
    return bus;
  }

  /** A bus that reads the channels named, and what it heard and told. */
  async function reader(url: string, group?: string): Promise<Told & { heard: string[]; bus: Bus }> {
    const told = listening();
    const bus = await open(url, { ...told.options, group });
    const heard: string[] = [];
    await bus.subscribe((channel, events) => {
      heard.push(...events.map(({ seq }) => `${channel} ${seq}`));
    });
    return { ...told, heard, bus };
  }

  it.each(['gzip', 'zstd'])('is read where it packs by %s', async (type) => {
    const url = await lentKafka();
    await setTopic(url, { 'compression.type': type });
    const [node, worker, writer] = [await reader(url), await reader(url, 'reads'), await open(url)];
    await writer.publish('lobby', messagesOf('lobby', 1, 50, 'so that it is worth to pack. '.repeat(20)));
    await writer.publish('random', [messageOf('random', 1)]);
    for (const { heard, passedOver } of [node, worker]) {
      await vi.waitUntil(() => heard.length >= 51, HEARD_WITHIN);
      expect(passedOver).toEqual({});
    }
  });

  it.each(['snappy', 'lz4'])(
    'is passed over where it packs by %s, told and counted, while all else is read',
    async (type) => {
      const url = await lentKafka({ partitions: 2 });
      const [node, writer] = [await reader(url), await open(url)];
      await setTopic(url, { 'compression.type': type });
      // A setting takes hold a moment after it was taken.
      await vi.waitUntil(async () => {
        await writer.publish('lobby', [messageOf('lobby', 1)]);
        return node.passedOver.unreadable !== undefined;
      }, HEARD_WITHIN);
      await setTopic(url, { 'compression.type': 'producer' });
      await vi.waitUntil(async () => {
        const before = node.heard.length;
        await writer.publish('lobby', [messageOf('lobby', 1)]);
        return node.heard.length > before;
      }, HEARD_WITHIN);
      // Of both partitions, before what cannot be read and behind it.
      const channels = ['lobby', 'random', 'general', 'other', 'one-more', 'last'];
      for (const channel of channels) await writer.publish(channel, [messageOf(channel, 2)]);
      const rest = channels.map((channel) => `${channel} 2`);

      const worker = await reader(url, 'passes-over');
      for (const { heard, passedOver, lines } of [node, worker]) {
        await vi.waitUntil(() => rest.every((each) => heard.includes(each)), HEARD_WITHIN);
        expect(heard.filter((each) => each !== 'lobby 1').sort()).toEqual([...rest].sort());
        expect(passedOver).toEqual({ unreadable: node.passedOver.unreadable });
        expect(lines.filter(({ message }) => message.startsWith('skipped messages'))).toEqual([
          {
            level: 'warn',
            message: 'skipped messages that cannot be read',
            fields: expect.objectContaining({ records: 1, reason: expect.stringContaining(type) }),
          },
        ]);
      }

      // It is behind the group for good.
      await worker.bus.close();
      const next = await reader(url, 'passes-over');
      await writer.publish('lobby', [messageOf('lobby', 3)]);
      await vi.waitUntil(() => next.heard.length > 0, HEARD_WITHIN);
      expect(next.heard).toEqual(['lobby 3']);
      expect(next.passedOver).toEqual({});
    },
  );

  it('is passed over where a batch would fill the memory', async () => {
    const url = await lentKafka({ partitions: 1 });
    const { heard, passedOver } = await reader(url);
    await writeTo(url, {
      compression: CompressionTypes.ZSTD,
      messages: [{ key: 'lobby', value: Buffer.alloc(MAX_UNPACKED_BYTES + 1) }],
    });
    const writer = await open(url);
    await writer.publish('lobby', [messageOf('lobby', 1)]);
    await vi.waitUntil(() => heard.length > 0, HEARD_WITHIN);
    expect(heard).toEqual(['lobby 1']);
    expect(passedOver).toEqual({ unreadable: 1 });
  });

  it('tells and counts what others wrote there, and not the pings of any version', async () => {
    const url = await lentKafka({ partitions: 1 });
    const { heard, passedOver, lines } = await reader(url);
    await writeTo(url, {
      messages: [
        { key: null, value: '{"check":"ping"}' },
        { key: null, value: 'of somebody else' },
        { key: 'lobby', value: null },
        { key: 'lobby', value: 'garbage' },
      ],
    });
    const writer = await open(url);
    await writer.links[0]?.ping();
    await writer.publish('lobby', [messageOf('lobby', 1)]);
    await vi.waitUntil(() => heard.length > 0, HEARD_WITHIN);
    expect(passedOver).toEqual({ unreadable: 3 });
    expect(lines.filter(({ message }) => message.startsWith('skipped messages')).length).toBe(1);
  });
});
