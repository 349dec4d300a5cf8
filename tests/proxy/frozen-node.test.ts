import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { nginxInstalled, startNginx } from '../servers/nginx.ts';
import { open } from './ask.ts';
import { pageFolder } from './page-folder.ts';
import { startUpstream, streams } from './upstream.ts';

/** After so long without an event the SDK asks anew, ms. */
const SILENCE_MS = 40_000;

it.skipIf(!nginxInstalled)(
  'a stream whose node takes connections and says nothing is opened at another before its reader loses patience',
  async () => {
    const taken: Socket[] = [];
    const frozen = createServer((socket) => taken.push(socket)).listen(0, '127.0.0.1');
    await once(frozen, 'listening');
    const sound = await startUpstream(streams);
    const broadcast = [(frozen.address() as AddressInfo).port, sound.port];
    const nginx = await startNginx({ chat: [1], broadcast, page: pageFolder() });

    const askedAt = performance.now();
    // Of so many some fall to each node.
    const readers = await Promise.all(
      Array.from({ length: 16 }, () => open(`${nginx.url}/v1/channels/lobby/stream`)),
    );
    expect(taken).not.toHaveLength(0);
    expect(performance.now() - askedAt).toBeLessThan(SILENCE_MS);
    for (const { statusCode } of readers) expect(statusCode).toBe(200);
    expect(sound.requests).toHaveLength(readers.length);

    for (const reader of readers) reader.destroy();
    await nginx.stop();
    for (const socket of taken) socket.destroy();
    frozen.close();
    await sound.close();
  },
  90_000,
);
