import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { afterEach, expect, it, vi } from 'vitest';
import { startBroker } from '../src/embedded-broker.ts';
import { type Bus, openBus } from '../src/index.ts';
import { startAedesProcess } from './aedes-process.ts';
import { HEARD_WITHIN } from './contract.ts';
import { messageOf } from './message.ts';
import { CONNECT, openRaw, PINGREQ, SUBSCRIBE_TO_ALL } from './raw-connection.ts';

const MIB = 1024 * 1024;
const CUT_WITHIN = { timeout: 60_000, interval: 5 };

/** What to do after a test, last first. */
const after: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of after.splice(0).reverse()) await step();
});

async function open(url: string): Promise<Bus> {
  const opened = await openBus(url);
  after.push(() => opened.close());
  await vi.waitUntil(() => opened.connected, HEARD_WITHIN);
  return opened;
}

it('the embedded broker cuts a subscriber that has stalled, keeps its memory, and holds nobody else up', async () => {
  const process = await startAedesProcess();
  after.push(() => process.stop());
  const [writer, reader] = [await open(process.url), await open(process.url)];
  const stalled = await openRaw(process.port, CONNECT, SUBSCRIBE_TO_ALL);
  after.push(() => stalled.destroy());
  let heard = 0;
  await reader.subscribe((_channel, messages) => {
    heard += messages.length;
  });
  const body = 'x'.repeat(60 * 1024);
  const publish = async (from: number, to: number) => {
    for (let seq = from; seq <= to; seq++) await writer.publish('lobby', [messageOf('lobby', seq, body)]);
    await vi.waitUntil(() => heard === to, CUT_WITHIN);
  };
  await publish(1, 20);
  const before = await residentBytes(process.pid);
  await publish(21, 4_000);
  expect(await residentBytes(process.pid)).toBeLessThan(before + 96 * MIB);
  stalled.resume();
  await vi.waitUntil(() => stalled.ended(), CUT_WITHIN);
});

it('the embedded broker cuts a client that asks without reading the answers', async () => {
  const broker = await startBroker({ port: 0, host: '127.0.0.1' });
  after.push(() => broker.close());
  const socket = await openRaw(broker.port, CONNECT);
  after.push(() => socket.destroy());
  await once(socket, 'readable'); // The answer to CONNECT; before it, only few packets are taken.
  const flood = Buffer.concat(Array.from({ length: 32_768 }, () => PINGREQ));
  for (let sent = 0; sent < 1_000 && !socket.ended(); sent++) {
    socket.write(flood);
    await vi.waitUntil(() => !socket.writableNeedDrain || socket.ended(), CUT_WITHIN);
  }
  expect(socket.ended()).toBe(true);
});

async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/VmRSS:\s+([0-9]+) kB/.exec(status)?.[1]) * 1024;
}
