import { once } from 'node:events';
import { createRequire } from 'node:module';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import '../src/kafka-framing.ts';

interface Connection {
  connect(): Promise<boolean>;
  disconnect(): Promise<boolean>;
  isConnected(): boolean;
  requestQueue: { fulfillRequest(answer: { correlationId: number; payload: Buffer }): void };
}

const KafkaConnection = createRequire(import.meta.url)('kafkajs/src/network/connection') as new (
  options: object,
) => Connection;

/** An answer as a broker writes it: its length, the number of its request, what it says. */
function answer(correlationId: number, content: string): Buffer {
  const bytes = Buffer.alloc(8 + content.length);
  bytes.writeInt32BE(4 + content.length, 0);
  bytes.writeInt32BE(correlationId, 4);
  bytes.write(content, 8);
  return bytes;
}

describe('a connection of kafkajs', () => {
  let server: Server;
  let connection: Connection;
  let answers: { correlationId: number; content: string }[];

  beforeEach(async () => {
    server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const silent = { debug() {}, error() {}, namespace: () => silent };
    connection = new KafkaConnection({
      host: '127.0.0.1',
      port: (server.address() as AddressInfo).port,
      logger: silent,
      socketFactory: ({ host, port, onConnect }: { host: string; port: number; onConnect: () => void }) =>
        connect({ host, port }, onConnect),
      connectionTimeout: 5_000,
      requestTimeout: 5_000,
    });
    answers = [];
    connection.requestQueue.fulfillRequest = ({ correlationId, payload }) =>
      void answers.push({ correlationId, content: payload.toString() });
  });
  afterEach(async () => {
    await connection.disconnect();
    server.close();
  });

  const accepted = async (): Promise<Socket> => {
    const [[socket]] = await Promise.all([once(server, 'connection'), connection.connect()]);
    return socket as Socket;
  };
  const ended = () => expect.poll(() => connection.isConnected()).toBe(false);

  it('reads nothing of the answer in which the connection before it was cut', async () => {
    const first = await accepted();
    first.end(answer(1, 'cut off').subarray(0, 6));
    await ended();
    const second = await accepted();
    second.write(answer(2, 'whole'));
    await expect.poll(() => answers).toEqual([{ correlationId: 2, content: 'whole' }]);
  });

  it('ends at bytes that are no answer, and takes the process with it no more', async () => {
    const first = await accepted();
    first.write(Buffer.from([0, 0, 0, 1, 7]));
    await ended();
    const second = await accepted();
    second.write(answer(3, 'after that'));
    await expect.poll(() => answers).toEqual([{ correlationId: 3, content: 'after that' }]);
  });
});
