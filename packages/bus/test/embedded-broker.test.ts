import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { freePort } from '../../../tests/servers/free-port.ts';
import { mosquittoInstalled } from '../../../tests/servers/mosquitto.ts';
import { type Broker, startBroker } from '../src/embedded-broker.ts';
import { openBus } from '../src/index.ts';
import { HEARD_WITHIN, hear } from './contract.ts';
import { messageOf } from './message.ts';
import { CONNECT, openRaw, type RawConnection, SUBSCRIBE_TO_ALL } from './raw-connection.ts';

const MIB = 1024 * 1024;
const SEEN_WITHIN = { timeout: 60_000, interval: 5 };

/** What to do after a test, last first. */
const after: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of after.splice(0).reverse()) await step();
});

async function broker(port = 0): Promise<Broker> {
  const started = await startBroker({ port, host: '127.0.0.1' });
  after.push(() => started.close());
  return started;
}

async function bus(url: string) {
  const opened = await openBus(url);
  after.push(() => opened.close());
  await vi.waitUntil(() => opened.connected, HEARD_WITHIN);
  return opened;
}

/** A client that presents nothing, on the broker's port. */
async function stranger(port: number, options: IClientOptions = {}): Promise<MqttClient> {
  const client = await connectAsync(`mqtt://127.0.0.1:${port}`, { reconnectPeriod: 0, ...options });
  after.push(() => client.endAsync(true));
  return client;
}

async function rawConnection(port: number, ...packets: Buffer[]): Promise<RawConnection> {
  const connection = await openRaw(port, ...packets);
  after.push(() => connection.destroy());
  return connection;
}

describe.runIf(mosquittoInstalled)('the embedded broker, seen with the tools of Mosquitto', () => {
  it('shows each message to mosquitto_sub', async () => {
    const { url, port } = await broker();
    const writer = await bus(url);
    const args = ['-h', '127.0.0.1', '-p', String(port), '-t', 'carillon/#', '-v', '-C', '1', '-W', '60'];
    let seen = '';
    const tool = promisify(execFile)('mosquitto_sub', args).then(({ stdout }) => {
      seen = stdout;
    });
    await vi.waitUntil(async () => {
      await writer.publish('lobby', [messageOf('lobby', 1, 'Grüße')]);
      return seen !== '';
    }, SEEN_WITHIN);
    await tool;
    const [topic, line = ''] = seen.split(/ (.*)/);
    expect(topic).toBe('carillon/channels/lobby');
    const envelope: unknown = JSON.parse(line);
    expect(envelope).toEqual({ channel: 'lobby', events: [messageOf('lobby', 1, 'Grüße')] });
  });

  it('takes nothing from mosquitto_pub without the secret', async () => {
    const { url, port } = await broker();
    const reader = await bus(url);
    const heard = await hear(reader);
    const forged = JSON.stringify({ channel: 'lobby', events: [messageOf('lobby', 1, 'forged')] });
    const args = ['-h', '127.0.0.1', '-p', String(port), '-t', 'carillon/channels/lobby', '-m', forged];
    await promisify(execFile)('mosquitto_pub', args);
    await expect(
      promisify(execFile)('mosquitto_pub', [...args, '-u', 'carillon', '-P', 'a guess']),
    ).rejects.toThrow();
    await reader.publish('lobby', [messageOf('lobby', 2)]);
    await vi.waitUntil(() => heard.messages.length > 0, HEARD_WITHIN);
    expect(heard.messages).toEqual([messageOf('lobby', 2)]);
  });
});

describe('the embedded broker, towards strangers', () => {
  it('ends a client that publishes without the secret, and brings its message to nobody', async () => {
    const { url, port } = await broker();
    const reader = await bus(url);
    const heard = await hear(reader);
    const forged = JSON.stringify({ channel: 'lobby', events: [messageOf('lobby', 1, 'forged')] });
    for (const qos of [0, 1, 2] as const) {
      const client = await stranger(port);
      client.publish('carillon/channels/lobby', forged, { qos }, () => {});
      await vi.waitUntil(() => !client.connected, HEARD_WITHIN);
    }
    const dying = await stranger(port, {
      will: { topic: 'carillon/channels/lobby', payload: Buffer.from(forged), qos: 0, retain: true },
    });
    dying.stream.destroy();
    await reader.publish('lobby', [messageOf('lobby', 2)]);
    await vi.waitUntil(() => heard.messages.length > 0, HEARD_WITHIN);
    expect(heard.messages).toEqual([messageOf('lobby', 2)]);
  });

  it('refuses who presents a wrong secret', async () => {
    const { port } = await broker();
    for (const password of ['wrong', 'x'.repeat(32), '']) {
      await expect(stranger(port, { username: 'carillon', password })).rejects.toThrow('Connection refused');
    }
    await expect(stranger(port, { username: 'somebody' })).rejects.toThrow('Connection refused');
  });

  it('keeps no session for a client that asks for one', async () => {
    const { url, port } = await broker();
    const writer = await bus(url);
    const options: IClientOptions = { clientId: 'keeps', clean: false };
    const first = await stranger(port, options);
    await first.subscribeAsync('carillon/#', { qos: 1 });
    await first.endAsync();
    await writer.publish('lobby', [messageOf('lobby', 1)]);
    const second = await stranger(port, options);
    const received = vi.fn();
    second.on('message', received);
    await second.subscribeAsync('carillon/channels/+', { qos: 1 });
    await writer.publish('other', [messageOf('other', 1)]);
    await vi.waitUntil(() => received.mock.calls.length > 0, HEARD_WITHIN);
    expect(received.mock.calls.map(([topic]) => topic)).toEqual(['carillon/channels/other']);
  });

  it('tells nobody who is connected, and refuses filters over the bound', async () => {
    const { port } = await broker();
    const client = await stranger(port);
    await expect(client.subscribeAsync('$SYS/#')).rejects.toThrow();
    for (let count = 0; count < 10; count++) {
      await client.subscribeAsync(Array.from({ length: 9 }, (_, index) => `topic/${count}/${index}`));
    }
    await expect(
      client.subscribeAsync(Array.from({ length: 20 }, (_, index) => `more/${index}`)),
    ).rejects.toThrow();
  });

  it('closes connections over the bound', async () => {
    const { port } = await broker();
    const sockets: RawConnection[] = [];
    for (let count = 0; count < 110; count++) sockets.push(await rawConnection(port));
    await vi.waitUntil(() => sockets.filter((socket) => socket.ended()).length === 10, HEARD_WITHIN);
  });

  it('closes a connection at the header of a packet that is too large, or at bytes that are no packet', async () => {
    const { url, port } = await broker();
    const announces = (type: number, length: number) =>
      Buffer.from([
        type,
        (length % 128) | 0x80,
        ((length >> 7) % 128) | 0x80,
        ((length >> 14) % 128) | 0x80,
        length >> 21,
      ]);
    for (const packets of [
      [announces(0x10, 5_000)],
      [CONNECT, announces(0x82, 5_000)],
      [CONNECT, announces(0x30, 200_000_000)],
      [CONNECT, Buffer.from([0x30, 0xff, 0xff, 0xff, 0xff, 0xff])],
      [Buffer.from('GET / HTTP/1.1\r\n\r\n')],
      [Buffer.alloc(1_000, 0xff)],
      [CONNECT, CONNECT],
      [SUBSCRIBE_TO_ALL],
    ]) {
      const socket = await rawConnection(port, ...packets);
      socket.resume();
      await vi.waitUntil(() => socket.ended(), HEARD_WITHIN);
    }
    const client = await connectAsync(url, { reconnectPeriod: 0 });
    after.push(() => client.endAsync(true));
    client.publish('carillon/channels/lobby', 'x'.repeat(MIB), { qos: 1 }, () => {});
    await vi.waitUntil(() => !client.connected, HEARD_WITHIN);
    expect((await bus(url)).connected).toBe(true);
  });
});

describe('the embedded broker', () => {
  it('brings what is put into its mirror to its clients as a bus over MQTT would, in order, and comes back to who asks', async () => {
    const { url, mirror } = await broker();
    const heard = await hear(await bus(url));
    const traces = new Map([[2, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01']]);
    await mirror.publish('lobby', [messageOf('lobby', 1, 'Grüße'), messageOf('lobby', 2)], traces);
    await mirror.publish('lobby', [messageOf('lobby', 3)]);
    await vi.waitUntil(() => heard.messages.length === 3, HEARD_WITHIN);
    expect(heard.messages).toEqual([
      messageOf('lobby', 1, 'Grüße'),
      messageOf('lobby', 2),
      messageOf('lobby', 3),
    ]);
    for (const link of mirror.links) await link.ping();
    expect(mirror.connected).toBe(true);
    await expect(mirror.subscribe(() => {})).rejects.toThrow('the mirror cannot be subscribed to');
  });

  it('ends all clients and frees its port when it is closed', async () => {
    // Not one that is given to an outgoing connection meanwhile.
    const first = await startBroker({ port: await freePort(), host: '127.0.0.1' });
    const silent = await rawConnection(first.port);
    const client = await stranger(first.port);
    await first.close();
    await vi.waitUntil(() => silent.ended() && !client.connected, HEARD_WITHIN);
    const second = await broker(first.port);
    expect(second.port).toBe(first.port);
    expect(second.url).not.toBe(first.url);
  });

  it('refuses to start on a port that is taken', async () => {
    const { port } = await broker();
    await expect(startBroker({ port, host: '127.0.0.1' })).rejects.toThrow('EADDRINUSE');
  });
});
