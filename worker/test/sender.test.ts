import { once } from 'node:events';
import { createServer, type RequestListener } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { openSender, type Sender } from '../src/webhooks/sender.ts';

/** As long as a receiver has for its answer, ms: it is not waited for a body. */
const ANSWER_WITHIN_MS = 10_000;

/** Posts of which one meets a connection that is free again. */
const MANY = 200;

describe('a sender', () => {
  const closing: (() => void)[] = [];
  afterEach(() => {
    for (const close of closing.splice(0)) close();
  });
  const open = (): Sender => {
    const sender = openSender({ allowPrivate: true });
    closing.push(() => sender.close());
    return sender;
  };
  const listen = async (server: Server) => {
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    return (server.address() as AddressInfo).port;
  };
  const receiver = async (answer: RequestListener) => {
    const server = createServer({ keepAliveTimeout: 60_000 }, answer);
    closing.push(() => server.close().closeAllConnections());
    return listen(server);
  };
  const post = (sender: Sender, url: string) =>
    sender.send({ url, headers: {}, body: '{}' }, new AbortController().signal);

  it.each(['', 'Connection: Upgrade\r\nUpgrade: websocket\r\n'])(
    'takes no 101 for an answer, with the headers %j',
    async (headers) => {
      const server = createTcpServer((socket) => {
        socket.on('error', () => {});
        socket.once('data', () => socket.write(`HTTP/1.1 101 Switching Protocols\r\n${headers}\r\n`));
      });
      closing.push(() => server.close());
      const sent = await post(open(), `http://127.0.0.1:${await listen(server)}/`);
      expect(sent).toEqual({ outcome: 'refused', error: 'the receiver returned 101' });
    },
  );

  it('takes the status of an answer whose body never ends, and lets go of its connection', async () => {
    const gone: Promise<unknown>[] = [];
    const port = await receiver((request, response) => {
      gone.push(once(request.socket, 'close'));
      response.writeHead(200).write('and so on');
    });
    const sender = open();
    const before = performance.now();
    expect(await post(sender, `http://127.0.0.1:${port}/`)).toEqual({ outcome: 'taken', error: '' });
    expect(performance.now() - before).toBeLessThan(ANSWER_WITHIN_MS);
    await Promise.all(gone);
  });

  it('uses a connection again whose answer it has read', async () => {
    const connections = new Set<unknown>();
    const port = await receiver((request, response) => {
      connections.add(request.socket);
      response.end('some words');
    });
    const sender = open();
    let posts = 0;
    // The rest of an answer is read behind its status: the next post may come before.
    while (connections.size === posts && posts < MANY) {
      expect((await post(sender, `http://127.0.0.1:${port}/`)).outcome).toBe('taken');
      posts += 1;
    }
    expect(connections.size).toBeLessThan(posts);
  });

  it('has as many requests under way to one receiver as there are webhooks at once', async () => {
    const waiting: (() => void)[] = [];
    const port = await receiver((_request, response) => {
      waiting.push(() => response.end());
      if (waiting.length === 50) for (const answer of waiting) answer();
    });
    const sender = open();
    const sent = await Promise.all(
      Array.from({ length: 50 }, () => post(sender, `http://127.0.0.1:${port}/`)),
    );
    expect(sent).toEqual(sent.map(() => ({ outcome: 'taken', error: '' })));
  });

  it('has room for a new receiver beside the idle connections of many', async () => {
    const port = await receiver((_request, response) => response.end());
    const sender = open();
    for (let host = 1; host <= 150; host++)
      expect((await post(sender, `http://127.0.1.${host}:${port}/`)).outcome).toBe('taken');
  });
});
