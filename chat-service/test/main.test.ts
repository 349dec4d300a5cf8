import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { type EmptyStore, emptyStore } from './empty-store.ts';
import { request } from './request.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));
/** It takes some 2 s alone, longer where the machine is shared. */
const START_WITHIN_MS = 150_000;

const children: ChildProcess[] = [];
const stores: EmptyStore[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const store of stores.splice(0)) await store.remove();
});

/** The service as a process, as it was built. */
function start(env: Record<string, string>) {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  children.push(child);
  let out = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk) => {
      out += chunk;
    });
  }
  return { child, out: () => out, exit: once(child, 'close').then(([code]) => code as number | null) };
}

/** The line that says where the service listens. */
const listening = (out: string) => /\{[^\n]*"listens"[^\n]*\}/.exec(out)?.[0] ?? '';

describe('the chat service as a process', () => {
  it('posts, shows its health, keeps its secret out of the log, and stops with what it was given stored', async () => {
    const store = await emptyStore();
    stores.push(store);
    const env = {
      PORT: '0',
      ADMIN_PORT: '0',
      HISTORY_URL: store.url,
      BUS_URL: 'memory:',
      SESSION_SECRET: 'a secret for the tests',
    };
    const first = start(env);
    const listens = await eventually(
      'the line that it listens',
      () => listening(first.out()),
      START_WITHIN_MS,
    );
    const { address, admin } = JSON.parse(listens);
    const posts = Array.from({ length: 50 }, () =>
      request(address.port, { method: 'POST', path: '/c/main', body: 'x' }),
    );
    expect((await Promise.all(posts)).map(({ status }) => status)).toEqual(Array(50).fill(201));
    for (const path of ['/healthz', '/readyz']) expect((await request(admin, { path })).status).toBe(200);
    const metrics = await request(admin, { path: '/metrics' });
    expect(metrics.text).toContain('carillon_posts_total{outcome="created"} 50');
    expect((await request(address.port, { path: '/metrics' })).status).toBe(404);
    first.child.kill('SIGTERM');
    expect(await first.exit).toBe(0);
    expect(first.out()).not.toContain(env.SESSION_SECRET);

    const second = start(env);
    const again = await eventually(
      'the line that it listens',
      () => listening(second.out()),
      START_WITHIN_MS,
    );
    const page = await request(JSON.parse(again).address.port, { path: '/v1/channels/main' });
    expect(page.json).toMatchObject({ head: 50 });
    second.child.kill('SIGTERM');
    expect(await second.exit).toBe(0);
  }, 400_000);

  it(
    'names every fault of its configuration and exits with 78',
    async () => {
      const { exit, out } = start({
        PORT: 'x',
        BUS_URL: 'amqp://h',
        SESSION_SECRET: 'short',
      });
      expect(await exit).toBe(78);
      for (const name of ['PORT', 'HISTORY_URL', 'BUS_URL', 'SESSION_SECRET']) {
        expect(out()).toContain(`${name}: `);
      }
      expect(out()).not.toContain('short');
    },
    START_WITHIN_MS,
  );
});
