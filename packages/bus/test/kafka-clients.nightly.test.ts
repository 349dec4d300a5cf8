import { type ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { Kafka as KafkaClient, logLevel } from 'kafkajs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { kafkaInstalled, kafkaJars } from '../../../tests/servers/kafka.ts';
import { lentKafka } from '../../../tests/servers/lent.ts';
import { openBus } from '../src/index.ts';
import { publishUntilTaken } from './contract.ts';
import { writeTo } from './kafka-topic.ts';
import { messageOf } from './message.ts';

const run = promisify(execFile);
const SOURCES = fileURLToPath(new URL('./kafka-clients/', import.meta.url));
const SLOW_MS = 600_000;

/** Neither divides 2^31, nor does it hide a hash that is made positive in another way. */
const PARTITIONS = 6;
const KEYS = Array.from({ length: 60 }, (_, index) => `channel-${index}`);

/** What docs/bus.md says of the clients, each of the version that is tested. */
const PYTHON = 'confluent-kafka==2.12.1';
const PLATFORMATIC = '@platformatic/kafka@2.12.1';

/** How each client is run: with a command, the broker, a topic, and the partitioner or the group. */
type Client = (words: readonly string[]) => readonly [command: string, ...rest: string[]];

describe.runIf(kafkaInstalled && isInstalled('kcat') && isInstalled('go'))(
  'clients of Kafka in other languages',
  { timeout: SLOW_MS },
  () => {
    let directory: string;
    const clients: Record<string, Client> = {
      java: (words) => ['java', '-cp', `${kafkaJars}/*`, join(directory, 'Client.java'), ...words],
      'confluent-kafka': (words) => [
        join(directory, 'venv/bin/python'),
        join(directory, 'client.py'),
        ...words,
      ],
      kcat: (words) => ['sh', join(directory, 'kcat.sh'), ...words],
      platformatic: (words) => [process.execPath, join(directory, 'client.mjs'), ...words],
      sarama: (words) => [join(directory, 'go/clients'), 'sarama', ...words],
      segmentio: (words) => [join(directory, 'go/clients'), 'segmentio', ...words],
      'franz-go': (words) => [join(directory, 'go/clients'), 'franz', ...words],
    };

    beforeAll(async () => {
      directory = await mkdtemp(join(tmpdir(), 'carillon-kafka-clients-'));
      await cp(SOURCES, directory, { recursive: true });
      const within = (folder: string) => ({ cwd: join(directory, folder) });
      await Promise.all([
        run('npm', ['install', '--no-audit', '--no-fund', '--prefix', directory, PLATFORMATIC], within('.')),
        run('python3', ['-m', 'venv', 'venv'], within('.')).then(() =>
          run(join(directory, 'venv/bin/pip'), ['install', '--quiet', PYTHON], within('.')),
        ),
        run('go', ['mod', 'tidy'], within('go')).then(() =>
          run('go', ['build', '-o', 'clients', '.'], within('go')),
        ),
      ]);
    }, SLOW_MS);
    afterAll(() => rm(directory, { recursive: true, force: true }));

    /** Where each key is, once so many records are in the topic. */
    async function partitionsOf(url: string, count: number): Promise<Map<string, number>> {
      const consumer = new KafkaClient({ brokers: [new URL(url).host], logLevel: logLevel.NOTHING }).consumer(
        {
          groupId: `finds-out-${Math.random()}`,
          maxWaitTimeInMs: 100,
          retry: { retries: 30 },
        },
      );
      const found = new Map<string, number>();
      await consumer.connect();
      await consumer.subscribe({ topic: new URL(url).pathname.slice(1), fromBeginning: true });
      await new Promise<void>((resolve, reject) => {
        let seen = 0;
        consumer.on(consumer.events.CRASH, ({ payload }) => {
          if (!payload.restart) reject(payload.error);
        });
        void consumer.run({
          eachMessage: async ({ partition, message }) => {
            found.set(message.key?.toString() ?? '', partition);
            seen++;
            if (seen === count) resolve();
          },
        });
      });
      await consumer.disconnect();
      return found;
    }

    /** Of the keys, how many a client puts where Carillon puts them. */
    async function agreeing(write: Client, partitioner: string): Promise<number> {
      const url = await lentKafka({ partitions: PARTITIONS });
      const { host, pathname } = new URL(url);
      const [command, ...rest] = write(['write', host, pathname.slice(1), partitioner, ...KEYS]);
      await run(command, rest);
      const theirs = await partitionsOf(url, KEYS.length);
      return KEYS.filter((key) => theirs.get(key) === ours.get(key)).length;
    }

    let ours: Map<string, number>;
    it('find the partition of a channel as docs/bus.md says', async () => {
      const url = await lentKafka({ partitions: PARTITIONS });
      const bus = await openBus(url);
      for (const key of KEYS) await publishUntilTaken(bus, messageOf(key, 1), 60_000);
      ours = await partitionsOf(url, KEYS.length);
      await bus.close();

      const all = KEYS.length;
      const of = (name: string) => clients[name] as Client;
      expect(await agreeing(of('java'), 'default')).toBe(all);
      expect(await agreeing(of('franz-go'), 'default')).toBe(all);
      expect(await agreeing(of('confluent-kafka'), 'murmur2_random')).toBe(all);
      expect(await agreeing(of('confluent-kafka'), 'default')).toBeLessThan(all);
      expect(await agreeing(of('kcat'), 'murmur2_random')).toBe(all);
      expect(await agreeing(of('kcat'), 'default')).toBeLessThan(all);
      expect(await agreeing(of('sarama'), 'murmur2')).toBe(all);
      expect(await agreeing(of('sarama'), 'default')).toBeLessThan(all);
      expect(await agreeing(of('segmentio'), 'murmur2')).toBe(all);
      expect(await agreeing(of('segmentio'), 'default')).toBeLessThan(all);
      expect(await agreeing(of('platformatic'), 'compatibility')).toBe(all);
      expect(await agreeing(of('platformatic'), 'default')).toBeLessThan(all);
    });

    /** What a new group of a client gets first, of a topic that had a message before and gets others then. */
    async function firstOf(client: Client, group: string, setting: readonly string[]): Promise<string> {
      const url = await lentKafka({ partitions: 1 });
      await writeTo(url, { messages: [{ key: 'a', value: 'old' }] });
      const { host, pathname } = new URL(url);
      const [command, ...rest] = client(['begin', host, pathname.slice(1), group, ...setting]);
      let child: ChildProcess | undefined;
      const first = new Promise<string>((resolve, reject) => {
        const reader = spawn(command, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
        child = reader;
        let text = '';
        reader.stdout.on('data', (chunk: Buffer) => {
          text += chunk;
          if (text.includes('\n')) resolve(text.trim());
        });
        reader.once('error', reject);
      });
      let over = false;
      try {
        return await Promise.race([
          first,
          (async () => {
            while (!over) await writeTo(url, { messages: [{ key: 'a', value: 'new' }] });
            return first;
          })(),
        ]);
      } finally {
        over = true;
        child?.kill('SIGKILL');
      }
    }

    it('begin a new group where docs/bus.md says', async () => {
      const begins: Record<string, string> = {};
      for (const [name, client] of Object.entries(clients))
        begins[name] = await firstOf(client, `group-${name}`, []);
      expect(begins).toEqual({
        java: 'new',
        'confluent-kafka': 'new',
        kcat: 'new',
        platformatic: 'new',
        sarama: 'new',
        segmentio: 'old',
        'franz-go': 'old',
      });
    });

    it('begin it at the start where they are told so', async () => {
      const begins: Record<string, string> = {};
      for (const name of ['java', 'confluent-kafka', 'kcat', 'platformatic', 'sarama'])
        begins[name] = await firstOf(clients[name] as Client, `first-${name}`, ['earliest']);
      expect(Object.entries(begins).filter(([, first]) => first !== 'old')).toEqual([]);
    });
  },
);

/** Says once what to install where it is missing. */
function isInstalled(command: string): boolean {
  const { status } = spawnSync(command, ['version'], { stdio: 'ignore' });
  if (status !== null) return true;
  const remedy = `${command} is not installed: clients of Kafka are run by it`;
  if (process.env.CI === 'true') throw new Error(remedy);
  console.log(`skipped: ${remedy}`);
  return false;
}
