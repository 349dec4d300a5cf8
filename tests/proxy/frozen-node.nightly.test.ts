import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { expect, it } from 'vitest';
import { nginxInstalled, startNginx } from '../servers/nginx.ts';
import { shortest } from '../shortest.ts';
import { open } from './ask.ts';
import { pageFolder } from './page-folder.ts';
import { startUpstream, streams } from './upstream.ts';

/** The SDK opens a new stream after this long without an event, ms. */
const SILENCE_MS = 40_000;

/** Of so many some fall to each node. */
const READERS = 32;

it.skipIf(!nginxInstalled)(
  'a stream whose node takes connections and says nothing is opened at another before its reader loses patience',
  async () => {
    const taken: Socket[] = [];
    const frozen = createServer((socket) => taken.push(socket)).listen(0, '127.0.0.1');
    await once(frozen, 'listening');
    const sound = await startUpstream(streams);
    const broadcast = [(frozen.address() as AddressInfo).port, sound.port];

    const took = await shortest(SILENCE_MS, async () => {
      // A new one: it remembers for a while which node is frozen.
      const nginx = await startNginx({ chat: [1], broadcast, page: pageFolder() });
      const [takenBefore, soundBefore] = [taken.length, sound.requests.length];
      const askedAt = performance.now();
      const readers = await Promise.all(
        Array.from({ length: READERS }, () => open(`${nginx.url}/v1/channels/lobby/stream`)),
      );
      const openAfter = performance.now() - askedAt;
      expect(taken.length - takenBefore).not.toBe(0);
      for (const { statusCode } of readers) expect(statusCode).toBe(200);
      expect(sound.requests.length - soundBefore).toBe(READERS);
      for (const reader of readers) reader.destroy();
      await nginx.stop();
      return openAfter;
    });
    expect(took).toBeLessThan(SILENCE_MS);

    for (const socket of taken) socket.destroy();
    frozen.close();
    await sound.close();
  },
  300_000,
);
