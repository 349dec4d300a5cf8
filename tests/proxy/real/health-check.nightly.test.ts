import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePort } from '../../servers/free-port.ts';
import { type Standalone, startStandalone } from '../../servers/standalone.ts';
import { ask } from '../ask.ts';
import { isInstalled, KINDS, type Kind, type RunningProxy, startPlain } from './proxies.ts';

const kind = KINDS.HAProxy as Kind;
const installed = isInstalled('HAProxy', kind);

let carillon: Standalone;
let proxy: RunningProxy;
let statistics: number;

beforeAll(async () => {
  if (!installed) return;
  carillon = await startStandalone();
  statistics = await freePort();
  const haproxy = [
    'frontend web\n  bind :8000\n  default_backend plain',
    // As its manual prints it: `OPTIONS / HTTP/1.0`, without Host. The second is what a manual of HTTP would ask.
    'backend plain\n  option httpchk\n  server one 127.0.0.1:8080 check inter 100',
    'backend page\n  option httpchk\n  http-check send meth GET uri /\n  server one 127.0.0.1:8080 check inter 100',
    'backend stream\n  option httpchk\n  http-check send meth HEAD uri /v1/channels/lobby/stream\n  server one 127.0.0.1:8080 check inter 100',
    `frontend statistics\n  bind 127.0.0.1:${statistics}\n  stats enable\n  stats uri /`,
  ];
  proxy = await startPlain(kind, { haproxy: `${haproxy.join('\n')}\n`, http: '' }, carillon.port);
});
afterAll(async () => {
  await proxy?.stop();
  await carillon?.stop();
});

/** What haproxy says of its only server of a backend: `UP` or `DOWN`, how it checked it last, and what was answered. */
async function told(backend: string): Promise<{ status?: string; check?: string; code?: string }> {
  const { body } = await ask(`http://127.0.0.1:${statistics}/;csv`);
  const [names = [], ...rows] = body.split('\n').map((line) => line.replace(/^# /, '').split(','));
  const row = rows.find(([proxy, server]) => proxy === backend && server === 'one') ?? [];
  const of = (name: string) => row[names.indexOf(name)] ?? '';
  return { status: of('status'), check: of('check_status'), code: of('check_code') };
}

it.skipIf(!installed).each([
  ['plain', '204'],
  ['page', '302'],
  ['stream', '200'],
])('haproxy finds Carillon up by its check "%s", which is answered with %s', async (backend, code) => {
  await expect.poll(() => told(backend)).toEqual({ status: 'UP', check: 'L7OK', code });
});

it.skipIf(!installed)('haproxy finds it down once it is', async () => {
  await carillon.stop();
  await expect.poll(() => told('plain')).toMatchObject({ status: 'DOWN', check: 'L4CON' });
});
