import { afterEach, describe, expect, it, vi } from 'vitest';
import { kafkaInstalled } from '../../../tests/servers/kafka.ts';
import { lentKafka } from '../../../tests/servers/lent.ts';
import { type Bus, type BusOptions, openBus } from '../src/index.ts';
import { HEARD_WITHIN, hear } from './contract.ts';
import { setTopic, writeTo } from './kafka-topic.ts';
import { listening } from './listening.ts';
import { messageOf, messagesOf } from './message.ts';

describe.runIf(kafkaInstalled)('a topic of other hands', { timeout: 120_000 }, () => {
  const opened: Bus[] = [];
  afterEach(() => Promise.all(opened.splice(0).map((bus) => bus.close())));

  async function open(url: string, options: BusOptions = {}): Promise<Bus> {
    const bus = await openBus(url, options);
    opened.push(bus);
    await vi.waitUntil(() => bus.connected, HEARD_WITHIN);
    return bus;
  }

  it('that takes less than an envelope gets it in pieces, and a message that it refuses holds up nobody', async () => {
    const url = await lentKafka();
    await setTopic(url, { 'max.message.bytes': '20000' });
    // A setting takes hold a moment after it was taken.
    const probe = { messages: [{ key: 'probe', value: 'x'.repeat(30_000) }] };
    await vi.waitUntil(
      () =>
        writeTo(url, probe).then(
          () => false,
          () => true,
        ),
      HEARD_WITHIN,
    );
    const told = listening();
    const [writer, reader] = [await open(url, told.options), await open(url)];
    const heard = await hear(reader);
    const channels = Array.from({ length: 30 }, (_, index) => `channel-${index}`);
    const of = (channel: string) => messagesOf(channel, 1, 20, 'x'.repeat(1_000));
    const large = messageOf('lobby', 2, 'x'.repeat(30_000));
    // Each envelope is too large, all of them together far more, and one message by itself.
    await Promise.all([
      ...channels.map((channel) => writer.publish(channel, of(channel))),
      writer.publish('lobby', [messageOf('lobby', 1), large, messageOf('lobby', 3)]),
    ]);
    const expected = [...channels.flatMap(of), messageOf('lobby', 1), messageOf('lobby', 3)];
    const names = (messages: readonly { channel: string; seq: number }[]) =>
      [...new Set(messages.map(({ channel, seq }) => `${channel} ${seq}`))].sort();
    await vi.waitUntil(() => names(heard.messages).length >= expected.length, HEARD_WITHIN);
    expect(names(heard.messages)).toEqual(names(expected));
    expect(told.passedOver).toEqual({ 'too-large': 1 });
    expect(told.lines).toEqual([
      {
        level: 'warn',
        message: 'skipped messages that the broker refused as too large',
        fields: expect.objectContaining({ channel: 'lobby', seq: 2, records: 1 }),
      },
    ]);
    expect(writer.connected).toBe(true);
  });

  it('that is compacted takes the pings of /checks', async () => {
    const url = await lentKafka();
    await setTopic(url, { 'cleanup.policy': 'compact' });
    const bus = await open(url);
    for (let time = 0; time < 5; time++) await bus.links[0]?.ping();
    expect(bus.connected).toBe(true);
  });

  it('keeps its order: what is ahead of earlier events is refused', async () => {
    const url = await lentKafka();
    const [writer, reader] = [await open(url), await open(url)];
    const heard = await hear(reader);
    await expect(writer.publish('lobby', [messageOf('lobby', 2)], undefined, true)).rejects.toThrow(/first/);
    await writer.publish('lobby', [messageOf('lobby', 1), messageOf('lobby', 2)]);
    await vi.waitUntil(() => heard.messages.length >= 2, HEARD_WITHIN);
    expect(heard.messages.map(({ seq }) => seq)).toEqual([1, 2]);
  });
});
