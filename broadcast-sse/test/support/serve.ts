import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { openAccess } from '@carillon/access';
import { openAuthenticator, type Sessions } from '@carillon/auth';
import { openBus } from '@carillon/bus';
import { answerErrors, answerNotFound, createHttpServer } from '@carillon/http';
import { openPresence } from '@carillon/presence';
import { createLog } from '@carillon/runtime';
import { Registry } from 'prom-client';
import { type BroadcastApp, createBroadcastApp } from '../../src/app.ts';
import type { StreamLimit } from '../../src/stream-limit.ts';
import { type Listener, listenForStreams } from '../../src/stream-listener.ts';
import { MemoryAccess } from './memory-access.ts';
import { MemoryHistory } from './memory-history.ts';

/** How long a test waits for what it expects, ms. */
const PATIENCE_MS = 60_000;

export interface Node {
  server: Server;
  history: MemoryHistory;
  broadcast: BroadcastApp;
  listener: Listener;
  registry: Registry;
  sessions: Sessions;
  /** What readers may do here. */
  rules: MemoryAccess;
  /** Commits and publishes. */
  post(channel: string, count?: number, body?: string): Promise<void>;
  close(): Promise<void>;
}

/** A broadcast node on a real port, with a store whose content the test decides. */
export async function serve(limit?: StreamLimit): Promise<Node> {
  const history = new MemoryHistory();
  const bus = await openBus(`memory:${randomUUID()}`);
  const presence = openPresence(`memory:${randomUUID()}`);
  const auth = openAuthenticator({ mode: 'open', sessionSecret: 'a secret for the tests' });
  const registry = new Registry();
  const log = createLog({ service: 'broadcast-sse', level: 'silent' });
  const rules = new MemoryAccess();
  const access = openAccess(rules, { log });
  const broadcast = await createBroadcastApp({
    history,
    bus,
    presence,
    authenticator: auth,
    access,
    limit,
    log,
    registry,
  });
  broadcast.app.onError(answerErrors(log));
  broadcast.app.notFound(answerNotFound(broadcast.app));
  broadcast.app.get('/c/:channel', (c) => c.text('the page'));
  broadcast.app.post('/echo', async (c) => c.text(await c.req.text()));
  const server = createHttpServer(broadcast.app);
  const listener = await listenForStreams(server, { port: 0, host: '127.0.0.1' });
  return {
    server,
    history,
    broadcast,
    listener,
    registry,
    sessions: auth.sessions,
    rules,
    post: (channel, count, body) => bus.publish(channel, history.commit(channel, count, body)),
    async close() {
      const closed = listener.close();
      await broadcast.close(0);
      await closed;
      await access.close();
      await presence.close();
      await bus.close();
    },
  };
}

/** A client's connection, which keeps the text that comes. */
export class Wire {
  readonly socket: Socket;
  text = '';
  ended = false;

  constructor(port: number) {
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.setEncoding('utf8').on('data', (text: string) => {
      this.text += text;
    });
    this.socket
      .on('error', () => {})
      .on('close', () => {
        this.ended = true;
      });
  }

  send(text: string): this {
    this.socket.write(text);
    return this;
  }

  get(path: string, ...headers: string[]): this {
    return this.send(
      `GET ${path} HTTP/1.1\r\nHost: x\r\n${headers.map((header) => `${header}\r\n`).join('')}\r\n`,
    );
  }

  /** Waits for this text; returns all text so far. */
  async has(expected: string | RegExp): Promise<string> {
    await until(
      () => this.text.match(expected) !== null,
      () => `${expected} in:\n${this.text.slice(-2_000)}`,
    );
    return this.text;
  }

  /** seqs of the messages, as they came. */
  seqs(): number[] {
    return [...this.text.matchAll(/"seq":(\d+)/g)].map(([, seq]) => Number(seq));
  }
}

export async function until(condition: () => boolean, what: () => string): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`did not come: ${what()}`);
    await sleep(5);
  }
}
