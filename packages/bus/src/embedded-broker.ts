import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Aedes, type Client } from 'aedes';
import { type Bus, BusUnavailable } from './bus.ts';
import { encodeEnvelopes, MAX_ENVELOPE_BYTES } from './envelope.ts';
import { linkOf } from './link-of.ts';
import { DEFAULT_TOPICS_PREFIX } from './options.ts';
import { boundConnection, type ConnectionBounds } from './packet-bound.ts';

/** A few processes and the tools of a person; each connection costs memory. */
const MAX_CONNECTIONS = 100;

/** Of a client that may publish: the largest envelope, its topic and header. */
const MAX_PUBLISHER_PACKET_BYTES = MAX_ENVELOPE_BYTES + 1024;

/** Of anybody else, and of all before they signed in: room for a CONNECT or a SUBSCRIBE. */
const MAX_READER_PACKET_BYTES = 4 * 1024;

/** What a subscriber may leave unread: a quarter of a second at 32 MB/s, so that a pause for garbage collection cuts nobody. */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;

/** 20,000 messages. */
const MAX_UNREAD_WRITES = 100_000;

/** Topic filters that one client may subscribe to in its life. */
const MAX_FILTERS = 100;

/** A client signs in at once. */
const SIGN_IN_WITHIN_MS = 5_000;

const PUBLISHER = 'carillon';

export interface BrokerOptions {
  /** 0 for any that is free. */
  port: number;
  /** The address to listen at. */
  host: string;
  /** What publishers present; a random one where undefined. For a broker that comes back under the same URL. */
  secret?: string;
  /** Stands before the topics of the mirror. */
  topicsPrefix?: string;
}

export interface Broker {
  /** `mqtt://carillon:SECRET@host:port`: who has it may publish. */
  readonly url: string;
  readonly port: number;
  /**
   * What is published to it the broker's clients get, as from a bus over MQTT, without a connection to oneself. Nothing is read from
   * it: who publishes here is this process alone.
   */
  readonly mirror: Bus;
  /** Ends all clients and frees the port. */
  close(): Promise<void>;
}

/**
 * Starts an MQTT 3.1.1 broker in this process. Anybody who reaches the port may subscribe; only who presents the secret
 * may publish, so that no one can put forged messages before readers. Rejects where the port is taken.
 */
export async function startBroker({
  port,
  host,
  secret = newSecret(),
  topicsPrefix = DEFAULT_TOPICS_PREFIX,
}: BrokerOptions): Promise<Broker> {
  const bounds = new WeakMap<object, ConnectionBounds>();
  const publishers = new WeakSet<Client>();
  const filters = new WeakMap<Client, number>();

  const broker = await Aedes.createBroker({
    connectTimeout: SIGN_IN_WITHIN_MS,
    preConnect(_client, packet, done) {
      packet.clean = true; // A session that outlives its connection is memory that nobody gives back.
      done(null, true);
    },
    authenticate(client, user, password, done) {
      if (user === undefined && password === undefined) return done(null, true);
      if (user !== PUBLISHER || !isSecret(password, secret)) return done(null, false);
      publishers.add(client);
      const bound = bounds.get(client.conn);
      if (bound !== undefined) bound.packetBytes = MAX_PUBLISHER_PACKET_BYTES;
      done(null, true);
    },
    authorizePublish(client, _packet, done) {
      const allowed = client !== null && publishers.has(client);
      done(allowed ? null : new Error('only who presents the secret may publish'));
    },
    authorizeSubscribe(client, subscription, done) {
      const count = (filters.get(client) ?? 0) + 1;
      filters.set(client, count);
      // Topics of the broker's own tell the names of clients, and with its name a client can be ousted.
      const allowed = count <= MAX_FILTERS && !subscription.topic.startsWith('$');
      done(null, allowed ? subscription : null);
    },
  });

  const sockets = new Set<Socket>();
  const server = createServer({ noDelay: true }, (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    const bound = {
      packetBytes: MAX_READER_PACKET_BYTES,
      unreadBytes: MAX_UNREAD_BYTES,
      unreadWrites: MAX_UNREAD_WRITES,
    };
    bounds.set(socket, bound);
    broker.handle(socket);
    boundConnection(socket, bound);
  });
  server.maxConnections = MAX_CONNECTIONS;
  const endBroker = () => new Promise<void>((resolve) => broker.close(resolve));
  const address = await listen(server, port, host).catch(async (error) => {
    await endBroker();
    throw error;
  });

  const authority = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return {
    url: `mqtt://${PUBLISHER}:${encodeURIComponent(secret)}@${authority}:${address.port}`,
    port: address.port,
    mirror: mirrorTo(broker, topicsPrefix, () => sockets.size > 0),
    async close() {
      const freed = new Promise<void>((resolve) => server.close(() => resolve()));
      await endBroker();
      for (const socket of sockets) socket.destroy();
      await freed;
    },
  };
}

function mirrorTo(broker: Aedes, prefix: string, hasClients: () => boolean): Bus {
  const send = (topic: string, payload: string) =>
    new Promise<void>((resolve, reject) => {
      const packet = { cmd: 'publish', topic, payload, qos: 1, retain: false, dup: false } as const;
      broker.publish(packet, (error) => (error ? reject(new BusUnavailable(error.message)) : resolve()));
    });
  const checks = `${prefix}/checks/mirror`;
  const open = {
    get connected() {
      return !broker.closed;
    },
  };
  return {
    ...open,
    links: [linkOf('MQTT', open, () => echo(broker, () => send(checks, ''), checks))],
    async publish(channel, events, traces) {
      // Nobody hears it: a bus keeps nothing for who comes later.
      if (!hasClients()) return;
      for (const text of encodeEnvelopes(channel, events, traces))
        await send(`${prefix}/channels/${channel}`, text);
    },
    subscribe: () => Promise.reject(new BusUnavailable('nothing is read from the mirror')),
    close: async () => {},
  };
}

/** Resolves when what `send` sends has come back from the broker. */
async function echo(broker: Aedes, send: () => Promise<void>, topic: string): Promise<void> {
  const came = Promise.withResolvers<void>();
  const hear = (_packet: unknown, done: () => void) => {
    done();
    came.resolve();
  };
  broker.subscribe(topic, hear, () => {});
  try {
    await send();
    await came.promise;
  } finally {
    broker.unsubscribe(topic, hear, () => {});
  }
}

function newSecret(): string {
  return randomBytes(24).toString('base64url');
}

function isSecret(presented: Buffer | undefined, secret: string): boolean {
  const expected = Buffer.from(secret);
  return presented?.length === expected.length && timingSafeEqual(presented, expected);
}

function listen(server: Server, port: number, host: string): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve(server.address() as AddressInfo);
    });
  });
}
