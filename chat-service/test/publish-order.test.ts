import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { kafkaInstalled } from '../../tests/servers/kafka.ts';
import { lentKafka } from '../../tests/servers/lent.ts';
import { ChannelsBehind } from '../src/channels-behind.ts';
import { type RunningChat, startChat } from './start-chat.ts';

describe('the channels that are behind', () => {
  it('are those with a failed publish, until all of it that waits is published', () => {
    const behind = new ChannelsBehind();
    behind.add('lobby', 8);
    behind.add('lobby', 9);
    behind.published('lobby', 8);
    behind.published('other', 8);
    expect(behind.has('lobby')).toBe(true);
    expect(behind.all()).toEqual([['lobby', 9]]);
    behind.published('lobby', 9);
    expect(behind.has('lobby')).toBe(false);
  });

  it('are bounded: the oldest is forgotten', () => {
    const behind = new ChannelsBehind();
    for (let channel = 0; channel <= 100_000; channel++) behind.add(`${channel}`, 1);
    expect(behind.has('0')).toBe(false);
    expect(behind.has('1') && behind.has('100000')).toBe(true);
  });
});

describe.runIf(kafkaInstalled)('what Kafka has of a channel', { timeout: 180_000 }, () => {
  let chat: RunningChat;
  beforeAll(async () => {
    chat = await startChat(undefined, {}, await lentKafka());
    await eventually('the bus', () => chat.bus.connected);
  }, 120_000);
  afterAll(() => chat?.close());

  const post = (channel: string) => chat.request({ method: 'POST', path: `/c/${channel}`, body: 'x' });
  const relayed = async () =>
    /^carillon_relay_published_total (\d+)$/m.exec(await chat.registry.metrics())?.[1];
  const arrived = (channel: string) =>
    chat.arrived.filter((message) => message.channel === channel).map(({ seq }) => seq);

  it('is in the order of seq after a publish failed, while the channel is never quiet, and live again then', async () => {
    await post('busy');
    await eventually('the first', () => arrived('busy').length > 0);
    chat.bus.away = true;
    await post('busy');
    chat.bus.away = false;
    // What comes now would be there before the second, but for being held back.
    let posted = 2;
    let over = false;
    const posting = (async () => {
      for (; !over; posted++) await post('busy');
    })();
    await eventually('the second', () => arrived('busy').includes(2));
    // Held back no more, though it is never quiet: it comes without the relay.
    await eventually('a stretch without the relay', async () => {
      const [relayedBefore, before] = [await relayed(), arrived('busy').length];
      await eventually('more of it', () => arrived('busy').length >= before + 20);
      return (await relayed()) === relayedBefore;
    });
    over = true;
    await posting;
    await eventually('the last', () => arrived('busy').includes(posted));
    expect([...new Set(arrived('busy'))]).toEqual(Array.from({ length: posted }, (_, index) => index + 1));
  });
});
