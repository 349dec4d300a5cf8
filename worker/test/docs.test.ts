import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ClaimedWebhook } from '@carillon/history';
import { expect, it } from 'vitest';
import { eventually } from '../../tests/eventually.ts';
import { freePort } from '../../tests/servers/free-port.ts';
import { openSender } from '../src/webhooks/sender.ts';
import { logEvent, signedRequest } from '../src/webhooks/signed-request.ts';

const SECRET = `whsec_${Buffer.from('a secret of the tests').toString('base64')}`;

it('the receiver of docs/webhooks.md takes what is signed, and nothing else', async () => {
  const docs = await readFile(new URL('../../docs/webhooks.md', import.meta.url), 'utf8');
  const code = /```js\n(.*?)```/s.exec(docs)?.[1] ?? '';
  const directory = await mkdtemp(join(tmpdir(), 'carillon-docs-'));
  const file = join(directory, 'receiver.mjs');
  await writeFile(file, code);
  const port = await freePort();
  const receiver = spawn(process.execPath, [file], {
    env: { PATH: process.env.PATH, SECRET, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  receiver.stdout.on('data', (chunk) => {
    printed += chunk;
  });
  const sender = openSender({ allowPrivate: true });
  try {
    const author = { id: 'ada', name: 'Ada' };
    const createdAt = new Date().toISOString();
    const message = { channel: 'lobby', seq: 1, author, body: 'é', createdAt };
    const webhook = { id: 'a', url: `http://127.0.0.1:${port}/`, secret: SECRET } as ClaimedWebhook;
    const request = signedRequest(webhook, logEvent(webhook, message));
    const send = (more: object) => sender.send({ ...request, ...more }, new AbortController().signal);
    await eventually('it taken', async () => (await send({})).outcome === 'taken');
    await expect.poll(() => printed).toBe('lobby 1 Ada: é\n');
    const old = String(Math.floor(Date.now() / 1_000) - 3_600);
    for (const forged of [
      { body: request.body.replace('é', 'e') },
      { headers: { ...request.headers, 'webhook-id': 'b' } },
      { headers: { ...request.headers, 'webhook-timestamp': old } },
      { headers: { ...request.headers, 'webhook-signature': 'v1,' } },
    ]) {
      expect(await send(forged)).toMatchObject({ outcome: 'refused', error: 'the receiver returned 401' });
    }
  } finally {
    sender.close();
    const exited = once(receiver, 'exit');
    receiver.kill('SIGKILL');
    await exited;
    await rm(directory, { recursive: true, force: true });
  }
});
