import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { openAccess } from '@carillon/access';
import { openAuthenticator } from '@carillon/auth';
import { type Bus, openBus } from '@carillon/bus';
import { type History, openHistory } from '@carillon/history';
import { createHttpServer } from '@carillon/http';
import { openPresence, type Presence } from '@carillon/presence';
import type { LogEvent } from '@carillon/protocol';
import type { Log } from '@carillon/runtime';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { type ChatApp, type ChatParts, createChatApp, UNLIMITED } from '../src/index.ts';
import { emptyStore } from './empty-store.ts';
import { type Answer, type Asked, request } from './request.ts';

/** A whole chat service on a port of its own: a real store of its own, and the memory bus. */
export interface RunningChat {
  port: number;
  history: History;
  /** The bus the service publishes to. While `away`, it refuses. */
  bus: Bus & { away: boolean };
  presence: Presence;
  /** What arrived on the bus, in order of arrival. */
  arrived: LogEvent[];
  chat: ChatApp;
  server: Server;
  log: Log;
  registry: Registry;
  /** Lines the service logged. */
  logged: string[];
  request(asked: Asked): Promise<Answer>;
  close(): Promise<void>;
}

/** What its sessions are signed with. */
export const SESSION_SECRET = 'a secret for the tests';

export async function startChat(
  wrap: (history: History) => History = (history) => history,
  more: Partial<Pick<ChatParts, 'auth' | 'limits' | 'proxies' | 'jobs' | 'adminToken' | 'exportDir'>> = {},
  busUrl = 'memory:',
): Promise<RunningChat> {
  const store = await emptyStore();
  const history = await openHistory(store.url);
  const bus = interruptible(await openBus(busUrl));
  const presence = openPresence(`memory:${randomUUID()}`);
  const arrived: LogEvent[] = [];
  await bus.subscribe((_channel, events) => {
    arrived.push(...events);
  });
  const logged: string[] = [];
  const log = pino({ level: 'debug' }, { write: (line: string) => void logged.push(line) });
  const registry = new Registry();
  const wrapped = wrap(history);
  const access = openAccess(wrapped.access, { log });
  const chat = createChatApp({
    history: wrapped,
    bus,
    presence,
    auth: openAuthenticator({ mode: 'open', sessionSecret: SESSION_SECRET }),
    access,
    limits: UNLIMITED,
    ...more,
    log,
    registry,
  });
  const server = createHttpServer(chat.app);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    history,
    bus,
    presence,
    arrived,
    chat,
    server,
    log,
    registry,
    logged,
    request: (asked) => request(port, asked),
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await chat.close();
      await access.close();
      await presence.close();
      await bus.close();
      await history.close();
      await store.remove();
    },
  };
}

/** A real bus that can be made to refuse, as one whose broker is away does. */
function interruptible(bus: Bus): Bus & { away: boolean } {
  return {
    away: false,
    async publish(channel, messages, traces, ahead) {
      if (this.away) throw new Error('the broker is away');
      await bus.publish(channel, messages, traces, ahead);
    },
    subscribe: (receive, wanted) => bus.subscribe(receive, wanted),
    links: bus.links,
    get connected() {
      return !this.away && bus.connected;
    },
    close: () => bus.close(),
  };
}
