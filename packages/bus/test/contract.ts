import { setTimeout as sleep } from 'node:timers/promises';
import type { LogEvent, Message } from '@carillon/protocol';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { BROKERS, type Bus, BusUnavailable } from '../src/index.ts';
import { changesOf, messageOf, messagesOf } from './message.ts';

/** Opens connections to one bus. */
export interface Venue {
  open(): Promise<Bus>;
  end(): Promise<void>;
}

/** Collects what a bus delivers. */
export interface Heard {
  messages: LogEvent[];
  end(): Promise<void>;
}

/** What comes in milliseconds, on a machine that does much else. */
export const HEARD_WITHIN = { timeout: 20_000, interval: 5 };

/** What every bus does. Call it within a `describe`; `start` is called once. */
export function busContract(start: () => Promise<Venue>, startWithinMs?: number): void {
  const { connection } = connections(start, startWithinMs);

  it('brings everything, in order for each channel, to every subscriber of every connection', async () => {
    const [writer, other, reader] = [await connection(), await connection(), await connection()];
    const heard = [await hear(writer), await hear(reader), await hear(reader), await hear(other)];
    const lobby = messagesOf('lobby', 1, 200);
    const random = messagesOf('random', 1, 200);
    for (let at = 0; at < 200; at += 4) {
      await Promise.all([
        writer.publish('lobby', lobby.slice(at, at + 3)),
        writer.publish('lobby', lobby.slice(at + 3, at + 4)),
        other.publish('random', random.slice(at, at + 4)),
      ]);
    }
    for (const { messages } of heard) {
      await vi.waitUntil(() => messages.length >= 400, HEARD_WITHIN);
      expect(messages.filter(({ channel }) => channel === 'lobby')).toEqual(lobby);
      expect(messages.filter(({ channel }) => channel === 'random')).toEqual(random);
    }
  });

  it('asks which channels are wanted, and does not parse the others', async () => {
    const [writer, reader] = [await connection(), await connection()];
    const asked = new Set<string>();
    const heard = await hear(reader, (channel) => {
      asked.add(channel);
      return channel === 'wanted';
    });
    const parse = vi.spyOn(JSON, 'parse');
    await writer.publish('unwanted', [messageOf('unwanted', 1, 'nobody reads this')]);
    await writer.publish('wanted', [messageOf('wanted', 1)]);
    await vi.waitUntil(() => heard.messages.length > 0, HEARD_WITHIN);
    expect(heard.messages).toEqual([messageOf('wanted', 1)]);
    expect([...asked].sort()).toEqual(['unwanted', 'wanted']);
    expect(parse.mock.calls.filter(([text]) => String(text).includes('nobody reads this'))).toEqual([]);
  });

  it('carries any text, and each field of a message', async () => {
    const [writer, reader] = [await connection(), await connection()];
    const heard = await hear(reader);
    const bodies = [
      '\u0001\u001f\r\n\u2028\u2029\t"\\',
      'Grüße 👩‍👩‍👧‍👦 שלום こんにちは',
      '\ud800 half a pair',
      '\ufeff{}',
      'x',
    ];
    const messages: Message[] = bodies.map((body, index) => ({
      ...messageOf('lobby', index + 1, body),
      replyTo: 7,
      key: 'a-key',
    }));
    await writer.publish('lobby', messages);
    await vi.waitUntil(() => heard.messages.length >= messages.length, HEARD_WITHIN);
    expect(heard.messages).toEqual(messages);
  });

  it('carries changes among messages, in their order', async () => {
    const [writer, reader] = [await connection(), await connection()];
    const heard = await hear(reader);
    const events = [messageOf('lobby', 1), ...changesOf('lobby', 2), messageOf('lobby', 7)];
    await writer.publish('lobby', events);
    await vi.waitUntil(() => heard.messages.length >= events.length, HEARD_WITHIN);
    expect(heard.messages).toEqual(events);
  });

  it('carries bodies of 64 KiB, more of them than one envelope holds', async () => {
    const [writer, reader] = [await connection(), await connection()];
    const heard = await hear(reader);
    const plain = messagesOf('lobby', 1, 20, 'ü'.repeat(32 * 1024));
    const escaped = messagesOf('lobby', 21, 23, '\u0001'.repeat(64 * 1024));
    await writer.publish('lobby', [...plain, ...escaped]);
    await vi.waitUntil(() => heard.messages.length >= 23, HEARD_WITHIN);
    expect(heard.messages).toEqual([...plain, ...escaped]);
  });

  it('calls no more once a subscription has ended, and goes on with the others', async () => {
    const [writer, reader] = [await connection(), await connection()];
    const ended = await hear(reader);
    const kept = await hear(reader);
    await writer.publish('lobby', [messageOf('lobby', 1)]);
    await vi.waitUntil(() => ended.messages.length === 1 && kept.messages.length === 1, HEARD_WITHIN);
    await ended.end();
    await writer.publish('lobby', [messageOf('lobby', 2)]);
    await vi.waitUntil(() => kept.messages.length === 2, HEARD_WITHIN);
    expect(ended.messages).toEqual([messageOf('lobby', 1)]);
  });

  it('can be subscribed to again after its last subscription ended', async () => {
    const bus = await connection();
    const first = await hear(bus);
    await first.end();
    await bus.publish('lobby', [messageOf('lobby', 1)]);
    const second = await hear(bus);
    await bus.publish('lobby', [messageOf('lobby', 2)]);
    await vi.waitUntil(() => second.messages.length > 0, HEARD_WITHIN);
    expect(first.messages).toEqual([]);
    expect(second.messages).toEqual([messageOf('lobby', 2)]);
  });

  it('sends a ping through each broker and back, which no subscriber sees', async () => {
    const bus = await connection();
    const heard = await hear(bus);
    expect(bus.links.length).toBeGreaterThan(0);
    for (let time = 0; time < 120; time++) await Promise.all(bus.links.map((link) => link.ping()));
    await bus.publish('lobby', [messageOf('lobby', 1)]);
    await vi.waitUntil(() => heard.messages.length > 0, HEARD_WITHIN);
    expect(heard.messages).toEqual([messageOf('lobby', 1)]);
    await bus.close();
    for (const link of bus.links) await expect(link.ping()).rejects.toBeInstanceOf(BusUnavailable);
  });

  it('names its broker as the list of brokers does', async () => {
    for (const { broker } of (await connection()).links) expect(BROKERS).toContain(broker);
  });

  it('brings the traces of events along with them', async () => {
    const bus = await connection();
    const heard: unknown[] = [];
    await bus.subscribe((_channel, events, traces) => {
      heard.push([events.map(({ seq }) => seq), traces]);
    });
    const traces = new Map([[2, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01']]);
    await bus.publish('lobby', [messageOf('lobby', 1), messageOf('lobby', 2)], traces);
    await bus.publish('lobby', [messageOf('lobby', 3)]);
    await vi.waitUntil(() => heard.length === 2, HEARD_WITHIN);
    expect(heard).toEqual([
      [[1, 2], traces],
      [[3], undefined],
    ]);
  });

  it('publishes nothing for an empty list', async () => {
    const bus = await connection();
    const heard = await hear(bus);
    await bus.publish('lobby', []);
    await bus.publish('lobby', [messageOf('lobby', 1)]);
    await vi.waitUntil(() => heard.messages.length > 0, HEARD_WITHIN);
    expect(heard.messages).toEqual([messageOf('lobby', 1)]);
  });

  it('resolves close, is not connected then, and refuses to publish and to subscribe', async () => {
    const [bus, other] = [await connection(), await connection()];
    const heard = await hear(bus);
    const underWay = bus.publish('lobby', [messageOf('lobby', 1)]);
    await bus.close();
    await expect(underWay).resolves.toBeUndefined();
    await bus.close();
    expect(bus.connected).toBe(false);
    await expect(bus.publish('lobby', [messageOf('lobby', 2)])).rejects.toBeInstanceOf(BusUnavailable);
    await expect(bus.subscribe(() => {})).rejects.toBeInstanceOf(BusUnavailable);
    const heardBefore = heard.messages.length;
    const elsewhere = await hear(other);
    await other.publish('lobby', [messageOf('lobby', 3)]);
    await vi.waitUntil(() => elsewhere.messages.length > 0, HEARD_WITHIN);
    expect(heard.messages).toHaveLength(heardBefore);
  });
}

/** Starts a venue for the tests of a `describe`, and closes after each what it opened. */
export function connections<V extends Venue>(start: () => Promise<V>, startWithinMs?: number) {
  let venue: V | undefined;
  const opened: Bus[] = [];
  beforeAll(async () => {
    venue = await start();
  }, startWithinMs);
  afterEach(async () => {
    vi.restoreAllMocks();
    await Promise.all(opened.splice(0).map((bus) => bus.close()));
  });
  afterAll(() => venue?.end());

  function current(): V {
    if (venue === undefined) throw new Error('the venue is not started');
    return venue;
  }

  /** A new connection; the broker may be away. */
  async function open(): Promise<Bus> {
    const bus = await current().open();
    opened.push(bus);
    return bus;
  }

  /** A new connection that stands. */
  async function connection(): Promise<Bus> {
    const bus = await open();
    await vi.waitUntil(() => bus.connected, HEARD_WITHIN);
    return bus;
  }

  return { venue: current, open, connection };
}

/** Subscribes, and keeps what arrives. */
export async function hear(bus: Bus, wanted?: (channel: string) => boolean): Promise<Heard> {
  const messages: LogEvent[] = [];
  const end = await bus.subscribe((_channel, arrived) => {
    messages.push(...arrived);
  }, wanted);
  return { messages, end };
}

/** Publishes as long as it is refused, as the relay does; throws after `withinMs`. */
export async function publishUntilTaken(bus: Bus, message: Message, withinMs: number): Promise<void> {
  for (const deadline = Date.now() + withinMs; ; ) {
    try {
      return await bus.publish(message.channel, [message]);
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(20);
    }
  }
}
