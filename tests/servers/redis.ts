import { accessSync, constants } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from './free-port.ts';
import { type ServerProcess, startServer } from './server-process.ts';

const BINARY = '/usr/bin/redis-server';
/** With characters that a URL has to encode, so that a password that is not decoded is refused. */
const PASSWORD = 'redis p@ss/word';
/** It answers within milliseconds of its start; a busy machine takes longer. */
const READY_WITHIN_MS = 60_000;
/** Sends a command. A frozen server never answers. */
const COMMAND_WITHIN_MS = 20_000;

/** Whether a Redis can be started here. Where not, says once how to get one; with `CI=true` that is an error. */
export const redisInstalled: boolean = findRedis();

/** A Redis of its own, on 127.0.0.1, behind a password, with nothing kept on disk unless `config` says so. */
export interface Redis extends ServerProcess {
  /** With the password, percent-encoded. */
  readonly url: string;
  readonly port: number;
  readonly password: string;
  /** Runs one command on a connection of its own; the reply as it came on the wire (RESP2), without the last line end. */
  command(...words: string[]): Promise<string>;
}

/** Starts a server on `port` (any that is free where undefined); `config` is added to its redis.conf. */
export async function startRedis(options: { port?: number; config?: string } = {}): Promise<Redis> {
  const port = options.port ?? (await freePort());
  const directory = await mkdtemp(join(tmpdir(), 'carillon-redis-'));
  const config = [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${directory}`,
    `requirepass "${PASSWORD}"`,
    'save ""',
    'appendonly no',
    'maxmemory-policy noeviction',
    options.config ?? '',
  ];
  await writeFile(join(directory, 'redis.conf'), `${config.join('\n')}\n`);
  const server = await startServer(BINARY, [join(directory, 'redis.conf')], port);
  const { stop, restart } = server;
  const command = (...words: string[]) => runRedisCommand(port, 0, words);
  await untilReady(command);
  return Object.assign(server, {
    url: `redis://:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`,
    port,
    password: PASSWORD,
    command,
    async restart() {
      await restart();
      await untilReady(command);
    },
    async stop() {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
  });
}

/**
 * One command on a connection of its own; gives the reply as it came on the wire (RESP2), without the last line end. By hand,
 * so that what a test does to the server does not go through the client that it tests.
 */
export function runRedisCommand(port: number, database: number, words: readonly string[]): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1' });
    let reply = '';
    socket.setEncoding('utf8').setTimeout(COMMAND_WITHIN_MS, () => {
      socket.destroy(new Error(`redis did not answer ${words[0]}`));
    });
    socket.on('error', reject);
    socket.on('data', (text: string) => {
      reply += text;
    });
    socket.on('end', () => {
      const answer = reply.replace(/^\+OK\r\n\+OK\r\n/, '').replace(/\+OK\r\n$/, '');
      if (answer.startsWith('-')) reject(new Error(answer.trim()));
      else resolve(answer.replace(/\r\n$/, ''));
    });
    const before = encode(['AUTH', PASSWORD]) + encode(['SELECT', String(database)]);
    socket.end(before + encode(words) + encode(['QUIT']));
  });
}

function encode(words: readonly string[]): string {
  return `*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`;
}

async function untilReady(command: Redis['command']): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  while (
    (await command('PING').catch((error: unknown) => {
      if (Date.now() > deadline) throw error;
    })) !== '+PONG'
  )
    await sleep(20);
}

function findRedis(): boolean {
  try {
    accessSync(BINARY, constants.X_OK);
    return true;
  } catch {
    const remedy = 'redis is not installed: apt-get install redis-server';
    if (process.env.CI === 'true') throw new Error(remedy);
    console.log(`skipped: ${remedy}`);
    return false;
  }
}
