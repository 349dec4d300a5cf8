import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook as Signature } from 'standardwebhooks';

/** One request that arrived. */
export interface Received {
  id: string;
  path: string;
  headers: IncomingMessage['headers'];
  /** The body as it came. */
  text: string;
  /** The seq of a message; 0 for another event. */
  seq: number;
}

/** A receiver of webhooks on a port of its own: a real HTTP server that does to each request what the test says. */
export interface Receiver {
  url: string;
  port: number;
  received: Received[];
  /** Answers the next requests, until it is set again; 204 at first. */
  answer: (request: Received, response: ServerResponse) => void;
  /** seqs of all that arrived, in order, repetitions left out. */
  seqs(): number[];
  close(): Promise<void>;
}

export async function startReceiver(): Promise<Receiver> {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    request.on('end', () => {
      const body = JSON.parse(text) as { type?: string; data?: { seq?: number } };
      const one: Received = {
        id: String(request.headers['webhook-id']),
        path: request.url ?? '',
        headers: request.headers,
        text,
        seq: body.data?.seq ?? 0,
      };
      received.push(one);
      receiver.answer(one, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}/hook`,
    port,
    received,
    answer: (_request, response) => void response.writeHead(204).end(),
    seqs: () => [...new Set(received.filter(({ seq }) => seq > 0).map(({ seq }) => seq))],
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
}

/** What a signed request says; throws where the signature is not that of the secret. */
export function verify(secret: string, { headers, text }: Received): unknown {
  return new Signature(secret).verify(text, headers as Record<string, string>);
}
