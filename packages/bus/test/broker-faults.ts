import { setTimeout as sleep } from 'node:timers/promises';
import type { Message } from '@carillon/protocol';
import { expect, it, vi } from 'vitest';
import type { ServerProcess } from '../../../tests/servers/server-process.ts';
import { shortest } from '../../../tests/shortest.ts';
import { ACKNOWLEDGE_WITHIN_MS, MAX_UNACKNOWLEDGED } from '../src/in-flight.ts';
import { type BusOptions, BusUnavailable, openBus, PING_WITHIN_MS } from '../src/index.ts';
import { connections, HEARD_WITHIN, hear, publishUntilTaken, type Venue } from './contract.ts';
import { messageOf } from './message.ts';

/** A bus whose broker is a process that a test can kill and freeze. */
export interface BrokerVenue extends Venue {
  broker: ServerProcess;
}

/** The bus of an MQTT broker that runs at `url`. */
export function venueOf(broker: ServerProcess & { url: string }, options: BusOptions = {}): BrokerVenue {
  return { broker, open: () => openBus(broker.url, options), end: () => broker.stop() };
}

/** Deliveries are back this long after the broker is, in milliseconds. */
const BACK_WITHIN_MS = 2_000;

/** A publish that cannot go out is refused at once: well before what an acknowledgement may take. Room for a busy machine. */
const AT_ONCE_MS = 1_500;

/** What every bus over a broker does as its broker comes and goes. Call it within a `describe`; `start` is called once. */
export function brokerFaults(start: () => Promise<BrokerVenue>, startWithinMs?: number): void {
  const { venue, open, connection } = connections(start, startWithinMs);

  it('waits for a broker that is killed, and delivers within 2 s of its return', async () => {
    const [writer, reader] = [await connection(), await connection()];
    const heard = await hear(reader);
    const published: Message[] = [];
    const back = await shortest(BACK_WITHIN_MS, async () => {
      await venue().broker.kill('SIGKILL');
      await vi.waitUntil(() => !writer.connected && !reader.connected, HEARD_WITHIN);
      await refusesAtOnce(() => writer.publish('refused', [messageOf('refused', 1)]));
      await sleep(1_500); // Long enough for the pauses between its tries to have grown.
      await venue().broker.restart();
      const returned = performance.now();
      await vi.waitUntil(() => writer.connected && reader.connected, HEARD_WITHIN);
      published.push(messageOf('lobby', published.length + 1));
      await publishUntilTaken(writer, published.at(-1) as Message, HEARD_WITHIN.timeout);
      await vi.waitUntil(() => heard.messages.length >= published.length, HEARD_WITHIN);
      return performance.now() - returned;
    });
    expect(back).toBeLessThan(BACK_WITHIN_MS);
    expect(heard.messages).toEqual(published);
  });

  it('opens and subscribes at once where the broker is away, and delivers once it is there', async () => {
    await venue().broker.kill();
    const opens = async () => {
      const opened = performance.now();
      const bus = await open();
      const heard = await hear(bus);
      return { bus, heard, tookMs: performance.now() - opened };
    };
    expect(await shortest(AT_ONCE_MS, async () => (await opens()).tookMs)).toBeLessThan(AT_ONCE_MS);
    const { bus, heard } = await opens();
    expect(bus.connected).toBe(false);
    await refusesAtOnce(() => bus.publish('lobby', [messageOf('lobby', 1)]));
    await venue().broker.restart();
    await publishUntilTaken(bus, messageOf('lobby', 2), HEARD_WITHIN.timeout);
    await vi.waitUntil(() => heard.messages.length > 0, HEARD_WITHIN);
    expect(heard.messages).toEqual([messageOf('lobby', 2)]);
  });

  it('refuses to publish to a broker that is frozen, lets nothing pile up, and comes back when it does', async () => {
    const [writer, reader] = [await connection(), await connection()];
    const heard = await hear(reader);
    const refusedWithinMs = ACKNOWLEDGE_WITHIN_MS + 5_000;
    let thaws = 0;
    const back = await shortest(BACK_WITHIN_MS, async () => {
      let refusedAfter: number;
      venue().broker.freeze();
      try {
        const frozen = performance.now();
        let settled = 0;
        const attempts = Array.from({ length: 20_000 }, (_, index) =>
          writer.publish('lobby', [messageOf('lobby', index + 1)]).finally(() => settled++),
        );
        const outcomes = Promise.allSettled(attempts);
        await sleep(0);
        expect(attempts.length - settled).toBe(MAX_UNACKNOWLEDGED);
        expect((await outcomes).every(isRefused)).toBe(true);
        refusedAfter = performance.now() - frozen;
        expect(writer.connected).toBe(false);
        await refusesAtOnce(() => writer.publish('lobby', [messageOf('lobby', 1)]));
      } finally {
        venue().broker.thaw();
      }
      const thawed = performance.now();
      thaws += 1;
      // What is published while the reader is still away is not for it.
      await vi.waitUntil(() => writer.connected && reader.connected, HEARD_WITHIN);
      await publishUntilTaken(writer, messageOf(`after-${thaws}`, 1), HEARD_WITHIN.timeout);
      await vi.waitUntil(
        () => heard.messages.some(({ channel }) => channel === `after-${thaws}`),
        HEARD_WITHIN,
      );
      // Both have to be soon, in one try.
      return refusedAfter < refusedWithinMs ? performance.now() - thawed : Number.POSITIVE_INFINITY;
    });
    expect(back).toBeLessThan(BACK_WITHIN_MS);
  });

  it('notices a frozen broker where it only subscribes, and hears within 2 s of its thaw', async () => {
    const reader = await connection();
    const heard = await hear(reader);
    let published = 0;
    const back = await shortest(BACK_WITHIN_MS, async () => {
      venue().broker.freeze();
      try {
        await vi.waitUntil(() => !reader.connected, HEARD_WITHIN);
      } finally {
        venue().broker.thaw();
      }
      const thawed = performance.now();
      await vi.waitUntil(() => reader.connected, HEARD_WITHIN);
      published += 1;
      await publishUntilTaken(reader, messageOf('lobby', published), HEARD_WITHIN.timeout);
      await vi.waitUntil(() => heard.messages.length >= published, HEARD_WITHIN);
      return performance.now() - thawed;
    });
    expect(back).toBeLessThan(BACK_WITHIN_MS);
  });

  it('answers a ping with the reason while the broker is frozen, and well again after', async () => {
    const [link] = (await connection()).links;
    const limitMs = PING_WITHIN_MS + 500;
    const answered = await shortest(limitMs, async () => {
      // A link that was given up refuses at once: each try begins with one that is well.
      await vi.waitFor(() => link?.ping(), HEARD_WITHIN);
      venue().broker.freeze();
      try {
        const asked = performance.now();
        await expect(link?.ping()).rejects.toBeInstanceOf(BusUnavailable);
        return performance.now() - asked;
      } finally {
        venue().broker.thaw();
      }
    });
    expect(answered).toBeLessThan(limitMs);
    await vi.waitFor(() => link?.ping(), HEARD_WITHIN);
  });

  it('resolves close within its bound where the broker is frozen', async () => {
    const limitMs = 1_500;
    const closed = await shortest(limitMs, async () => {
      const writer = await connection();
      venue().broker.freeze();
      try {
        const underWay = writer.publish('lobby', [messageOf('lobby', 1)]);
        const refused = expect(underWay).rejects.toBeInstanceOf(BusUnavailable);
        const closing = performance.now();
        await writer.close();
        const tookMs = performance.now() - closing;
        await refused;
        return tookMs;
      } finally {
        venue().broker.thaw();
      }
    });
    expect(closed).toBeLessThan(limitMs);
  });
}

async function refusesAtOnce(publish: () => Promise<void>): Promise<void> {
  const answered = await shortest(AT_ONCE_MS, async () => {
    const asked = performance.now();
    await expect(publish()).rejects.toBeInstanceOf(BusUnavailable);
    return performance.now() - asked;
  });
  expect(answered).toBeLessThan(AT_ONCE_MS);
}

function isRefused(outcome: PromiseSettledResult<void>): boolean {
  return outcome.status === 'rejected' && outcome.reason instanceof BusUnavailable;
}
