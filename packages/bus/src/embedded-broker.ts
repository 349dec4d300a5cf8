import { randomBytes, timingSafeEqual } from 'node:crypto';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { Aedes, type Client } from 'aedes';
import { type Bus, BusUnavailable } from './bus.ts';
import { encodeEnvelopes, MAX_ENVELOPE_BYTES } from './envelope.ts';
import { linkOf } from './link-of.ts';
import { DEFAULT_TOPICS_PREFIX } from './options.ts';
import { boundConnection, type ConnectionBounds } from './packet-bound.ts';

/** A few processes and a person's tools; each connection costs memory. */
const MAX_CONNECTIONS = 100;

/** Limit for a client that may publish: the largest envelope, its topic and header. */
const MAX_PUBLISHER_PACKET_BYTES = MAX_ENVELOPE_BYTES + 1024;

/** Limit for everybody else, and for all clients before they sign in: room for a CONNECT or a SUBSCRIBE. */
const MAX_READER_PACKET_BYTES = 4 * 1024;

/**
 * What a subscriber may leave unread: a quarter of a second at 32 MB/s, so that a garbage collection pause disconnects
 * nobody.
 */
const MAX_UNREAD_BYTES = 8 * 1024 * 1024;

/** 20,000 messages. */
const MAX_UNREAD_WRITES = 100_000;

/** Topic filters that one client may subscribe to during its connection. */
const MAX_FILTERS = 100;

/** A client signs in at once. */
const SIGN_IN_WITHIN_MS = 5_000;

const PUBLISHER = 'carillon';

export interface BrokerOptions {
  /** 0 for any free port. */
  port: number;
  /** The address to listen on. */
  host: string;
  /** The secret of publishers; a random one if undefined. Set it if the broker must keep its URL after a restart. */
  secret?: string;
  /** The prefix of the mirror's topics. */
  topicsPrefix?: string;
}

export interface Broker {
  /** `mqtt://carillon:SECRET@host:port`: clients with this URL may publish. */
  readonly url: string;
  readonly port: number;
  /**
   * Whatever is published to it reaches the broker's clients, as from a bus over MQTT, but without a connection. It
   * cannot be subscribed to, because only this process publishes here.
   */
  readonly mirror: Bus;
  /** Disconnects all clients and frees the port. */
  close(): Promise<void>;
}

/**
 * Starts an MQTT 3.1.1 broker in this process. Everybody who reaches the port may subscribe; publishing needs the
 * secret, so that nobody can send forged messages to readers. Rejects if the port is taken.
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
      packet.clean = true; // A session that outlives its connection is memory that nobody frees.
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
      done(allowed ? null : new Error('publishing needs the secret'));
    },
    authorizeSubscribe(client, subscription, done) {
      const count = (filters.get(client) ?? 0) + 1;
      filters.set(client, count);
      // The broker's own topics reveal client ids, and a client can be disconnected by its id.
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
      // Nobody receives it: a bus keeps nothing for later subscribers.
      if (!hasClients()) return;
      for (const text of encodeEnvelopes(channel, events, traces))
        await send(`${prefix}/channels/${channel}`, text);
    },
    subscribe: () => Promise.reject(new BusUnavailable('the mirror cannot be subscribed to')),
    close: async () => {},
  };
}

/** Resolves when the message that `send` sends has come back from the broker. */
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
