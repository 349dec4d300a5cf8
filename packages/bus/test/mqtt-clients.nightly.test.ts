import { execFile, spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { mosquittoInstalled, startMosquitto } from '../../../tests/servers/mosquitto.ts';
import { type Broker, startBroker } from '../src/embedded-broker.ts';
import { MAX_ENVELOPE_BYTES } from '../src/envelope.ts';
import { openBus } from '../src/index.ts';
import { hear } from './contract.ts';
import { messageOf } from './message.ts';

const run = promisify(execFile);
const PAHO = 'paho-mqtt==2.1.0';
const WITHIN = { timeout: 60_000, interval: 20 };
const SLOW_MS = 300_000;

/** Nearly as long as a message gets on the wire: each of its bytes is escaped to six. */
const LARGE = '\u0001'.repeat(64 * 1024);

describe.runIf(mosquittoInstalled)(
  'the embedded broker, to clients of other hands',
  { timeout: SLOW_MS },
  () => {
    let directory: string;
    let broker: Broker;
    const after: (() => unknown)[] = [];
    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'carillon-mqtt-clients-'));
      await run('python3', ['-m', 'venv', directory]);
      await run(join(directory, 'bin/pip'), ['install', '--quiet', PAHO]);
      broker = await startBroker({ port: 0, host: '127.0.0.1' });
    }, SLOW_MS);
    afterEach(async () => {
      for (const step of after.splice(0).reverse()) await step();
    });
    afterAll(async () => {
      await broker?.close();
      await rm(directory, { recursive: true, force: true });
    });

    /** Starts paho, and gives the lines that it prints. */
    function paho(session: 'clean' | 'keep'): { lines: string[]; end(): Promise<void> } {
      const source = fileURLToPath(new URL('./mqtt-clients/client.py', import.meta.url));
      const words = [source, '127.0.0.1', String(broker.port), session];
      const child = spawn(join(directory, 'bin/python'), words, { stdio: ['ignore', 'pipe', 'inherit'] });
      const lines: string[] = [];
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk;
        lines.splice(0, lines.length, ...text.split('\n').slice(0, -1));
      });
      const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      const end = () => {
        child.kill('SIGKILL');
        return ended;
      };
      after.push(end);
      return { lines, end };
    }

    it('speaks 3.1.1, which paho does by default, gives no session back, refuses $share and brings large packets', async () => {
      const [granted, refused] = [1, 128];
      const first = paho('keep');
      await vi.waitUntil(() => first.lines.length >= 2, WITHIN);
      await first.end();
      await broker.mirror.publish('lobby', [messageOf('lobby', 1)]);

      const second = paho('keep');
      await vi.waitUntil(() => second.lines.length >= 2, WITHIN);
      await broker.mirror.publish('lobby', [messageOf('lobby', 2, LARGE)]);
      await vi.waitUntil(() => second.lines.length >= 3, WITHIN);
      const [connected, subscribed, ...messages] = second.lines;
      expect([connected, subscribed]).toEqual([
        'connected Success session False',
        `granted ${granted} ${refused}`,
      ]);
      // The one from before is not among them.
      expect(messages.length).toBe(1);
      const [, bytes] = messages[0]?.split(' ') ?? [];
      expect(Number(bytes)).toBeGreaterThan(LARGE.length * 6);
      expect(Number(bytes)).toBeLessThanOrEqual(MAX_ENVELOPE_BYTES);
    });

    it('refuses MQTT 5', async () => {
      const words = ['-p', String(broker.port), '-t', 'carillon/#', '-W', '20', '-V', 'mqttv5'];
      await expect(run('mosquitto_sub', words)).rejects.toMatchObject({ code: expect.any(Number) });
    });

    async function bridged(lines: readonly string[]): Promise<string[]> {
      const bridge = [
        'connection carillon',
        `address 127.0.0.1:${broker.port}`,
        'topic carillon/# in 1',
        'bridge_protocol_version mqttv311',
        'restart_timeout 1',
        ...lines,
      ];
      const mosquitto = await startMosquitto({ config: bridge.join('\n') });
      after.push(() => mosquitto.stop());
      const bus = await openBus(mosquitto.url);
      after.push(() => bus.close());
      await vi.waitUntil(() => bus.connected, WITHIN);
      const { messages } = await hear(bus);
      // Again and again, since the bridge may be away at any moment; those of a bridge that stands all come.
      let seq = 0;
      const deadline = seq + 40;
      await vi.waitUntil(
        async () => {
          seq++;
          await broker.mirror.publish('bridged', [messageOf('bridged', seq)]);
          return messages.length >= 20 || seq >= deadline;
        },
        { timeout: 60_000, interval: 200 },
      );
      return messages.map((message) => `${message.seq}`);
    }

    it('has a bridge from Mosquitto that tells the other broker nothing', async () => {
      const came = await bridged(['notifications_local_only true']);
      expect(came.length).toBeGreaterThanOrEqual(20);
      // None is missing, once it stands.
      expect(came).toEqual(came.map((_, index) => String(Number(came[0]) + index)));
    });

    it('ends a bridge that tells its state, which would be to publish', async () => {
      expect(await bridged([])).toEqual([]);
    });
  },
);
