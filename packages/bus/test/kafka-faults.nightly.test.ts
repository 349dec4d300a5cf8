import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka as KafkaClient, logLevel } from 'kafkajs';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../../tests/servers/free-port.ts';
import { type Kafka, kafkaInstalled, startKafka } from '../../../tests/servers/kafka.ts';
import { type Fate, startTcpProxy, type TcpProxy } from '../../../tests/servers/tcp-proxy.ts';
import { type Bus, openBus } from '../src/index.ts';
import { brokerFaults } from './broker-faults.ts';
import { publishUntilTaken } from './contract.ts';
import { messageOf } from './message.ts';

/** A broker that was killed is back after some 5 s; on a busy machine after far more. */
const BACK = { timeout: 60_000, interval: 20 };

describe.runIf(kafkaInstalled)('what Kafka acknowledged reaches who reads', { timeout: 180_000 }, () => {
  let broker: Kafka;
  let proxy: TcpProxy;
  let fate: () => Fate = () => ({});
  const opened: Bus[] = [];
  beforeAll(async () => {
    const port = await freePort();
    proxy = await startTcpProxy(port, () => fate());
    // One broker for all faults: a JVM is dear. It looks often for groups that are over.
    const settings = ['offsets.retention.check.interval.ms=1000'];
    broker = await startKafka({ port, advertisedPort: proxy.port, settings });
  });
  afterEach(async () => {
    fate = () => ({});
    await Promise.all(opened.splice(0).map((bus) => bus.close()));
  });
  afterAll(async () => {
    await broker?.stop();
    await proxy?.close();
  });

  async function open(group?: string): Promise<Bus> {
    const bus = await openBus(broker.url, { group });
    opened.push(bus);
    await vi.waitUntil(() => bus.connected, BACK);
    return bus;
  }

  /** Publishes one after the other, each until it is taken, while `fault` happens; gives what a reader heard of them, in order. */
  async function heardDuring(channel: string, fault: () => Promise<void>, group?: string): Promise<number[]> {
    const [writer, reader] = [await open(), await open(group)];
    const heard: number[] = [];
    await reader.subscribe(
      (_channel, messages) => {
        heard.push(...messages.map(({ seq }) => seq));
      },
      (each) => each === channel,
    );
    await vi.waitUntil(() => reader.connected, BACK);
    let over = false;
    const ended = fault().finally(() => {
      over = true;
    });
    let seq = 0;
    for (let after = 0; after < 50; after += over ? 1 : 0) {
      seq += 1;
      await publishUntilTaken(writer, messageOf(channel, seq), BACK.timeout);
      await sleep(2);
    }
    await ended;
    await vi.waitUntil(() => heard.includes(seq), BACK);
    expect(seq).toBeGreaterThan(50);
    return heard;
  }

  /** Every one from 1 on, in order, whatever came twice. */
  function expectWhole(heard: readonly number[]): void {
    const first = [...new Set(heard)];
    expect(first).toEqual(Array.from({ length: first.length }, (_, index) => index + 1));
  }

  it('where the broker is killed and started again', async () => {
    const heard = await heardDuring('killed', async () => {
      await sleep(300);
      await broker.kill('SIGKILL');
      await broker.restart();
    });
    expectWhole(heard);
  });

  it('where the broker stands still for 5 s', async () => {
    const heard = await heardDuring('frozen', async () => {
      await sleep(300);
      broker.freeze();
      await sleep(5_000);
      broker.thaw();
    });
    expectWhole(heard);
  });

  it('where all connections are cut, again and again', async () => {
    const heard = await heardDuring('cut', async () => {
      for (let time = 0; time < 8; time++) {
        await sleep(400);
        proxy.cutAll();
      }
    });
    expectWhole(heard);
  });

  it('where each connection is cut in the middle of a request or an answer', async () => {
    const between = (low: number, high: number) => Math.round(low + Math.random() * (high - low));
    const before = proxy.cuts;
    const heard = await heardDuring('mid-stream', async () => {
      fate = () => ({
        toClient: between(3_000, 20_000),
        toServer: between(3_000, 20_000),
        abrupt: Math.random() < 0.5,
      });
      proxy.cutAll();
      await vi.waitUntil(() => proxy.cuts - before >= 6, BACK);
      fate = () => ({});
      proxy.cutAll();
    });
    expectWhole(heard);
  });

  it('where the consumer of a group loses its connection', async () => {
    const heard = await heardDuring(
      'in-a-group',
      async () => {
        await sleep(500);
        proxy.cutAll();
      },
      'a-group-that-is-cut',
    );
    expectWhole(heard);
  });

  it('leaves no group behind for long', async () => {
    const before = await groupsOf(broker);
    const bus = await openBus(broker.url);
    await bus.subscribe(() => {});
    await vi.waitUntil(() => bus.connected, BACK);
    const own = (await groupsOf(broker)).filter((group) => !before.includes(group));
    expect(own.length).toBe(1);
    await bus.close();
    await vi.waitFor(
      async () => expect((await groupsOf(broker)).filter((group) => own.includes(group))).toEqual([]),
      { timeout: 60_000, interval: 500 },
    );
  });

  describe('and the bus over it, as it comes and goes', () =>
    brokerFaults(async () => ({ broker, open: () => openBus(broker.url), end: async () => {} })));
});

async function groupsOf({ port }: Kafka): Promise<string[]> {
  const admin = new KafkaClient({ brokers: [`127.0.0.1:${port}`], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const { groups } = await admin.listGroups();
  await admin.disconnect();
  return groups.map(({ groupId }) => groupId);
}
