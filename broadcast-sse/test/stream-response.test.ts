import { describe, expect, it } from 'vitest';
import { node, wire } from './support/node-fixture.ts';

const url = (path: string) => `http://127.0.0.1:${node.listener.port}${path}`;

describe('the response to a stream request', () => {
  it('has the headers of the contract, and no length or compression', async () => {
    const text = await wire()
      .get('/v1/channels/lobby/stream', 'Accept-Encoding: gzip, br')
      .has('event: open');
    const [head = ''] = text.split('\r\n\r\n');
    expect(head.split('\r\n')).toEqual([
      'HTTP/1.1 200 OK',
      'Content-Type: text/event-stream; charset=utf-8',
      'Cache-Control: no-store, no-transform',
      'X-Accel-Buffering: no',
      'X-Content-Type-Options: nosniff',
      expect.stringMatching(/^Carillon-Node: [0-9a-f]{8}$/),
      'Carillon-Received: HTTP/1.1',
      'Transfer-Encoding: chunked',
      'Connection: close',
      expect.stringMatching(/^X-Request-Id: [a-z0-9-]{22,}$/),
    ]);
  });

  it('comes at once on a known channel, and is the same by each of its URLs', async () => {
    node.history.commit('lobby', 3);
    for (const path of [
      '/v1/channels/lobby/stream',
      '/v1/stream?channel=lobby',
      '/c/lobby',
      '/c/lobby?since=latest',
    ]) {
      await wire()
        .get(path)
        .has(/event: open\n.*\n.*\nid: e1\.3\n/);
    }
  });

  it('is the page for a browser, on the URL of the channel', async () => {
    expect(
      await wire().get('/c/lobby', 'Accept: text/html,*/*', 'Connection: close').has('the page'),
    ).toContain('200 OK');
  });

  it('to HEAD opens no stream', async () => {
    const answer = await fetch(url('/v1/channels/lobby/stream'), { method: 'HEAD' });
    expect(answer.status).toBe(200);
    expect(node.broadcast.hub.streams).toBe(0);
  });

  it.each([
    ['/v1/stream', 'channel'],
    ['/v1/stream?channel=Lobby', 'channel.0'],
    ['/v1/channels/..%2Flobby/stream', 'channel.0'],
    ['/v1/channels/lobby/stream?since=yesterday', 'since'],
    ['/v1/channels/lobby/stream?heartbeat=0', 'heartbeat'],
    ['/v1/channels/lobby/stream?heartbeat=16', 'heartbeat'],
    ['/v1/channels/lobby/stream?heartbeat=2.5', 'heartbeat'],
    ['/v1/channels/lobby/stream?heartbeat=often', 'heartbeat'],
    [`/v1/stream?${Array.from({ length: 101 }, (_, index) => `channel=c${index}`).join('&')}`, 'channel'],
  ])('%s is a problem with the field at fault', async (path, field) => {
    const answer = await fetch(url(path));
    expect([answer.status, answer.headers.get('content-type')]).toEqual([422, 'application/problem+json']);
    expect(await answer.json()).toMatchObject({ code: 'invalid', errors: [{ field }] });
    expect(node.broadcast.hub.streams).toBe(0);
  });

  it.each(['0', '16', '2.5', 'often'])('says which heartbeats there are, to one of %s', async (seconds) => {
    const answer = await fetch(url(`/c/lobby?heartbeat=${seconds}`));
    expect(await answer.json()).toMatchObject({
      errors: [{ field: 'heartbeat', detail: 'must be a whole number of seconds, from 1 to 15' }],
    });
  });

  it('takes a hundred channels, each named twice', async () => {
    const names = Array.from({ length: 100 }, (_, index) => `channel=c${index}&channel=c${index}`);
    await wire()
      .get(`/v1/stream?${names.join('&')}`)
      .has('event: open');
  });

  it.each(['x', 'e1.99999999999999999999', `${'9'.repeat(3_000)}`, 'e1.-1', '%00'])(
    'to the forged cursor %s begins with a reset',
    async (cursor) => {
      node.history.commit('lobby', 2);
      await wire()
        .get('/c/lobby', `Last-Event-ID: ${cursor}`)
        .has(/event: reset\ndata: .*"reason":"unreadable","from":3/);
    },
  );
});
