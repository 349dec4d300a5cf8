import { setTimeout as sleep } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { node, wire } from './support/node-fixture.ts';
import { until } from './support/serve.ts';

setFlagsFromString('--expose-gc');
const gc = runInNewContext('gc') as () => void;

const count = (to: number) => Array.from({ length: to }, (_, index) => index + 1);

describe('a stream over a connection', () => {
  it('gives messages as they come, and resumes from its cursor on another', async () => {
    const first = wire().get('/c/lobby');
    await first.has('event: open');
    await node.post('lobby', 3);
    await first.has('"seq":3');
    const cursor = /id: (e1\.3)\n/.exec(first.text)?.[1];
    first.socket.destroy();
    await node.post('lobby', 2);
    const second = wire().get('/c/lobby', `Last-Event-ID: ${cursor}`);
    await second.has('"seq":5');
    expect(second.seqs()).toEqual([4, 5]);
  });

  it('takes ?lastEventId= of a polyfill before the ?cursor= that it began with', async () => {
    node.history.commit('lobby', 5);
    const reader = wire().get('/c/lobby?cursor=e1.1&lastEventId=e1.3');
    await reader.has('"seq":5');
    expect(reader.seqs()).toEqual([4, 5]);
  });

  it('prefers Last-Event-ID to ?cursor= to ?since=', async () => {
    node.history.commit('lobby', 5);
    const one = wire().get('/c/lobby?cursor=e1.1&since=earliest', 'Last-Event-ID: e1.3');
    const two = wire().get('/c/lobby?cursor=e1.1&since=earliest');
    const three = wire().get('/c/lobby?since=earliest');
    await Promise.all([one, two, three].map((each) => each.has('"seq":5')));
    expect([one.seqs()[0], two.seqs()[0], three.seqs()[0]]).toEqual([4, 2, 1]);
  });

  it('is forgotten when the reader leaves, by FIN or by RST', async () => {
    const [one, two] = [wire().get('/c/lobby'), wire().get('/c/lobby')];
    await Promise.all([one.has('event: open'), two.has('event: open')]);
    expect(node.broadcast.hub.streams).toBe(2);
    one.socket.end();
    two.socket.resetAndDestroy();
    await until(
      () => node.broadcast.hub.streams === 0,
      () => `${node.broadcast.hub.streams} streams`,
    );
  });

  it('catches up after its reader had stopped for 40 MB, from the log and from history, and misses nothing', async () => {
    const reader = wire().get('/c/lobby');
    await reader.has('event: open');
    reader.socket.pause();
    const body = 'x'.repeat(20_000);
    for (let posts = 0; posts < 200; posts++) {
      await node.post('lobby', 10, body);
      if (posts % 20 === 0) await sleep(1);
    }
    expect(node.broadcast.hub.logBytes).toBeLessThan(5 * 1024 * 1024);
    reader.socket.resume();
    await until(
      () => reader.text.includes('"seq":2000,'),
      () => `${reader.seqs().length} messages`,
    );
    expect(reader.seqs()).toEqual(count(2_000));
    expect(node.broadcast.hub.replay.reads).toBeGreaterThan(0);
  });

  it('holds neither the request nor the response of an idle stream', async () => {
    const held: WeakRef<object>[] = [];
    node.server.prependListener('request', (request, response) => {
      held.push(new WeakRef(request), new WeakRef(response));
    });
    const readers = Array.from({ length: 20 }, () => wire().get('/c/lobby'));
    await Promise.all(readers.map((reader) => reader.has('event: open')));
    const kept = () => held.filter((reference) => reference.deref() !== undefined).length;
    await until(
      () => {
        gc();
        return kept() <= 2;
      },
      () => `${kept()} of ${held.length} are held`,
    );
    expect(held).toHaveLength(40);
  });

  it('sends drain with a time to reconnect, and ends', async () => {
    const reader = wire().get('/c/lobby');
    await reader.has('event: open');
    await node.broadcast.close(1_000);
    await until(
      () => reader.ended,
      () => 'the end',
    );
    expect(reader.text).toMatch(/event: drain\nretry: \d+\ndata: {"retry":\d+}\n\n\r\n$/);
  });
});

describe('the listener', () => {
  it('takes a request whose head comes byte by byte', async () => {
    const reader = wire();
    for (const byte of 'GET /c/lobby HTTP/1.1\r\nHost: x\r\n\r\n') {
      reader.send(byte);
      await sleep(1);
    }
    await reader.has('event: open');
    await node.post('lobby');
    await reader.has('"seq":1');
  });

  it('answers requests of one connection in turn, a stream among them last', async () => {
    const one = wire().send(
      'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nfirstPOST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 6\r\n\r\nsecond',
    );
    await one.has('second');
    one.get('/c/lobby');
    await one.has('event: open');
    await node.post('lobby', 2);
    await one.has('"seq":2');
    expect(one.text.indexOf('first')).toBeLessThan(one.text.indexOf('second'));
  });

  it('lets nothing that follows a stream request into the stream', async () => {
    const one = wire().send(`GET /c/lobby HTTP/1.1\r\nHost: x\r\n\r\n`.repeat(2));
    await one.has('event: open');
    await node.post('lobby');
    await one.has('"seq":1');
    expect(one.text.match(/HTTP\/1\.1 200/g)).toHaveLength(1);
  });

  it('ignores a client’s own Upgrade', async () => {
    const websocket = wire().get('/c/lobby', 'Connection: Upgrade', 'Upgrade: websocket');
    await websocket.has('event: open');
    await node.post('lobby');
    await websocket.has('"seq":1');
    const other = wire().get('/nowhere', 'Connection: Upgrade', 'Upgrade: h2c');
    expect(await other.has('"not_found"')).toContain('404 Not Found');
  });

  it('ignores the Upgrade of a post, and reads its body', async () => {
    const one = wire().send(
      'POST /echo HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: h2c\r\nContent-Length: 4\r\n\r\nbody',
    );
    expect(await one.has(/\r\nbody/)).toContain('200 OK');
  });

  it('answers pipelined requests, of which one has an Upgrade', async () => {
    const one = wire().send(
      'POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nfirstGET /c/lobby HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: sse\r\n\r\n',
    );
    await one.has('event: open');
    expect(one.text).toContain('first');
    await node.post('lobby');
    await one.has('"seq":1');
  });

  it.each(['\r\n\r\n\r\n', 'GARBAGE\r\n\r\n', 'GET /c/lobby HTTP/9.9\r\n\r\n', '\x16\x03\x01\x02\x00'])(
    'survives %j',
    async (text) => {
      const one = wire().send(text);
      one.socket.end();
      await until(
        () => one.ended,
        () => 'the end',
      );
      await wire().get('/c/lobby').has('event: open');
    },
  );

  it('answers a flood of headers with a problem', async () => {
    const one = wire().get(
      '/c/lobby',
      ...Array.from({ length: 400 }, (_, index) => `X-Header-${index}: ${'x'.repeat(60)}`),
    );
    expect(await one.has('"headers_too_large"')).toContain('431');
  });

  it('frees its port while silent connections are open', async () => {
    const silent = wire();
    await until(
      () => !silent.socket.connecting,
      () => 'a connection',
    );
    await node.listener.close();
    await until(
      () => silent.ended,
      () => 'the end',
    );
  });
});

it('exports its metrics', async () => {
  const reader = wire().get('/c/lobby');
  await reader.has('event: open');
  await node.post('lobby', 4);
  await reader.has('"seq":4');
  const metrics = await node.registry.metrics();
  expect(metrics).toMatch(/^carillon_streams_open 1$/m);
  expect(metrics).toMatch(/^carillon_deliveries_total 4$/m);
});
