import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { kafkaInstalled } from '../../../tests/servers/kafka.ts';
import { lentKafka } from '../../../tests/servers/lent.ts';
import { type Bus, openBus } from '../src/index.ts';
import { messageOf, messagesOf } from './message.ts';

/** A member that left without a word is waited for up to 10 s. */
const WITHIN = { timeout: 60_000, interval: 20 };

describe.runIf(kafkaInstalled)('a consumer group of Kafka', { timeout: 180_000 }, () => {
  let url: string;
  const opened: Bus[] = [];
  beforeAll(async () => {
    url = await lentKafka();
  });
  afterEach(() => Promise.all(opened.splice(0).map((bus) => bus.close())));

  async function member(group?: string): Promise<Bus> {
    const bus = await openBus(url, { group });
    opened.push(bus);
    await vi.waitUntil(() => bus.connected, WITHIN);
    return bus;
  }

  it('begins at the oldest message, and goes on where its last member stopped', async () => {
    const writer = await member();
    await writer.publish('early', messagesOf('early', 1, 3));
    const first = await member('goes-on');
    const seqs: number[] = [];
    const take = (channel: string, messages: readonly { seq: number }[]) => {
      if (channel === 'early') seqs.push(...messages.map(({ seq }) => seq));
    };
    await first.subscribe(take);
    await vi.waitUntil(() => seqs.length === 3, WITHIN);
    await first.close();
    await writer.publish('early', messagesOf('early', 4, 5));
    const second = await member('goes-on');
    await second.subscribe(take);
    await vi.waitUntil(() => seqs.length >= 5, WITHIN);
    expect(seqs).toEqual([1, 2, 3, 4, 5]);
  });

  it('brings each message to one of its members', async () => {
    const writer = await member();
    const members = [await member('shares'), await member('shares')];
    const taken = members.map(() => new Set<string>());
    for (const [index, each] of members.entries()) {
      await each.subscribe((channel) => {
        if (channel.startsWith('shared-')) taken[index]?.add(channel);
      });
    }
    const known = () => taken.flatMap((each) => [...each]);
    // A new channel again and again, until the partitions are shared out.
    let channels = 0;
    await vi.waitUntil(async () => {
      channels += 1;
      await writer.publish(`shared-${channels}`, [messageOf(`shared-${channels}`, 1)]);
      return taken.every(({ size }) => size > 0) && new Set(known()).size >= channels;
    }, WITHIN);
    const later = Array.from({ length: 30 }, (_, index) => `shared-later-${index}`);
    for (const channel of later) await writer.publish(channel, [messageOf(channel, 1)]);
    await vi.waitUntil(() => later.every((channel) => known().includes(channel)), WITHIN);
    const ofLater = taken.map((each) => later.filter((channel) => each.has(channel)));
    expect(ofLater.flat().sort()).toEqual([...later].sort());
    expect(ofLater.every((each) => each.length > 0)).toBe(true);
  });

  it('is another one for each topic, so environments that share a broker share nothing else', async () => {
    const urls = [await lentKafka({ partitions: 2 }), await lentKafka({ partitions: 2 })];
    const taken: string[][] = [[], []];
    const buses = await Promise.all(urls.map((each) => openBus(each, { group: 'of-a-topic' })));
    opened.push(...buses);
    for (const [index, bus] of buses.entries()) {
      await bus.subscribe((channel) => {
        taken[index]?.push(channel);
      });
    }
    await vi.waitUntil(() => buses.every(({ connected }) => connected), WITHIN);
    const channels = Array.from({ length: 10 }, (_, index) => `channel-${index}`);
    for (const [index, bus] of buses.entries())
      for (const channel of channels)
        await bus.publish(`${index}-${channel}`, [messageOf(`${index}-${channel}`, 1)]);
    await vi.waitUntil(() => taken.every(({ length }) => length >= channels.length), WITHIN);
    for (const [index, each] of taken.entries())
      expect([...each].sort()).toEqual(channels.map((channel) => `${index}-${channel}`));
  });

  it('brings a message again where its receiver failed, or died before it was done', async () => {
    const writer = await member();
    const first = await member('repeats');
    const seen: string[] = [];
    let dies = false;
    await first.subscribe(
      async (_channel, messages) => {
        seen.push(`first ${messages[0]?.seq}`);
        if (dies) await new Promise(() => {});
        if (seen.length === 1) throw new Error('not this time');
      },
      (channel) => channel === 'repeated',
    );
    await writer.publish('repeated', [messageOf('repeated', 1)]);
    await vi.waitUntil(() => seen.length >= 2, WITHIN);
    expect(seen).toEqual(['first 1', 'first 1']);

    dies = true;
    await writer.publish('repeated', [messageOf('repeated', 2)]);
    await vi.waitUntil(() => seen.includes('first 2'), WITHIN);
    await first.close();
    const second = await member('repeats');
    await second.subscribe(
      (_channel, messages) => {
        seen.push(`second ${messages[0]?.seq}`);
      },
      (channel) => channel === 'repeated',
    );
    await vi.waitUntil(() => seen.some((each) => each.startsWith('second')), WITHIN);
    expect(seen.filter((each) => each.startsWith('second'))).toEqual(['second 2']);
  });

  it('keeps its membership while a receiver takes longer than a session lasts', async () => {
    const writer = await member();
    const slow = await member('slow');
    const seen: number[] = [];
    await slow.subscribe(
      async (_channel, messages) => {
        seen.push(messages[0]?.seq ?? 0);
        await sleep(12_000);
      },
      (channel) => channel === 'slowly',
    );
    await writer.publish('slowly', [messageOf('slowly', 1)]);
    await vi.waitUntil(() => seen.length === 1, WITHIN);
    await writer.publish('slowly', [messageOf('slowly', 2)]);
    await vi.waitUntil(() => seen.length >= 2, WITHIN);
    expect(seen).toEqual([1, 2]);
  });
});
