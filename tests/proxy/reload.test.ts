import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { eventually } from '../eventually.ts';
import { nginxInstalled, startNginx } from '../servers/nginx.ts';
import { ask, open } from './ask.ts';
import { pageFolder } from './page-folder.ts';
import { startUpstream, streams } from './upstream.ts';

describe.skipIf(!nginxInstalled)('a reload of the proxy', () => {
  it('keeps the streams that are open, and takes up the nodes that came', async () => {
    const responses: ServerResponse[] = [];
    const old = await startUpstream((request, response) => {
      responses.push(response);
      streams(request, response);
    });
    const added = await startUpstream(streams);
    const nginx = await startNginx({ chat: [1], broadcast: [old.port], page: pageFolder() });
    const stream = await open(`${nginx.url}/v1/stream?channel=a`);
    await once(stream, 'data');

    await nginx.reload({ chat: [1], broadcast: [added.port] });
    const late = once(stream, 'data');
    responses[0]?.write('data: after the reload\n\n');
    expect(String((await late)[0])).toBe('data: after the reload\n\n');

    const next = await open(`${nginx.url}/v1/stream?channel=a`);
    expect([old.requests.length, added.requests.length]).toEqual([1, 1]);
    for (const each of [stream, next]) each.destroy();
    await nginx.stop();
    await old.close();
    await added.close();
  });

  it('fails no call that comes meanwhile', async () => {
    const chat = await startUpstream();
    const nginx = await startNginx({ chat: [chat.port], broadcast: [1], page: pageFolder() });
    let answered = 0;
    let failed = 0;
    let stopped = false;
    const posting = Array.from({ length: 4 }, async () => {
      while (!stopped) {
        const { status } = await ask(`${nginx.url}/c/lobby`, { method: 'POST', body: 'Hello' }).catch(() => ({
          status: 0,
        }));
        answered += 1;
        if (status !== 200 && status !== 429) failed += 1;
      }
    });
    for (let reload = 0; reload < 3; reload++) {
      const before = answered;
      await nginx.reload();
      // Those of the old workers, and some of the new ones.
      await eventually('calls over the reload', () => answered >= before + 8);
    }
    stopped = true;
    await Promise.all(posting);
    expect(failed).toBe(0);
    await nginx.stop();
    await chat.close();
  });
});
