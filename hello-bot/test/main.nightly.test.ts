import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it, vi } from 'vitest';

/** A bot speaks within 10 s, and tries again after some seconds. */
const WITHIN = { timeout: 60_000, interval: 50 };

const children: ChildProcess[] = [];

/** Built: `npm test` builds before it runs. */
const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

function run(env: NodeJS.ProcessEnv) {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, ADMIN_PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  return child;
}

describe('the bot as a process', () => {
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL');
  });

  it('posts to the channel that its environment names, and ends with 0 at SIGTERM', async () => {
    const server = createServer((request, response) => response.writeHead(201).end(request.url));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const child = run({ HELLO_BOT_URL: `http://127.0.0.1:${port}/`, HELLO_BOT_CHANNEL: 'greetings' });
    const paths: unknown[] = [];
    while (paths.length < 2) {
      const [request] = await once(server, 'request');
      paths.push(request.url);
    }
    expect(paths).toEqual(['/v1/session', '/v1/channels/greetings/messages']);
    child.kill('SIGTERM');
    expect(await once(child, 'exit')).toEqual([0, null]);
    server.closeAllConnections();
    server.close();
  });

  it('is ready while its posts are taken, and not while they are refused', async () => {
    let taken = false;
    const server = createServer((_request, response) => response.writeHead(taken ? 201 : 503).end());
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    const child = run({ HELLO_BOT_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/` });
    let printed = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      printed += text;
    });
    const admin = await vi.waitUntil(() => /"admin":(\d+)/.exec(printed)?.[1], WITHIN);
    const ready = async () => (await fetch(`http://127.0.0.1:${admin}/readyz`)).status;
    await vi.waitUntil(async () => (await ready()) === 503, WITHIN);
    taken = true;
    await vi.waitUntil(async () => (await ready()) === 200, WITHIN);
    server.closeAllConnections();
    server.close();
  });

  it('says all that is wrong with its environment and ends with 78', async () => {
    const child = run({ HELLO_BOT_URL: 'ftp://x', HELLO_BOT_CHANNEL: 'Not A Channel' });
    const [printed, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect(code).toBe(78);
    expect(printed).toContain('HELLO_BOT_URL');
    expect(printed).toContain('HELLO_BOT_CHANNEL');
  });
});
