import { randomBytes } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { type RedisOptions as ClientOptions, Redis, ReplyError } from 'ioredis';

/** What a connection is told besides its URL. */
export interface RedisOptions {
  /** Certificates in PEM that are trusted besides the system's, for `rediss:`. */
  ca?: string | undefined;
  /** The user's own: how long a command may take, what waits while the server is away. */
  client: Pick<
    ClientOptions,
    | 'autoResendUnfulfilledCommands'
    | 'autoResubscribe'
    | 'commandTimeout'
    | 'disableClientInfo'
    | 'enableOfflineQueue'
    | 'maxRetriesPerRequest'
    | 'socketTimeout'
  >;
  /** Keys begin so. One of them is written now and then, to see that the server takes writes. */
  prefix: string;
  /** Told once for each outage, with its reason. */
  onAway?: (reason: Error) => void;
  /** Told each time the server is found to take writes, by this connection for the first time or again. */
  onUp?: () => void;
}

/** A connection to a Redis. It returns by itself, to whatever server its address leads to then. */
export interface RedisConnection {
  readonly redis: Redis;
  /** Whether the server is there and takes writes, as far as was seen within {@link PROBE_MS}. A replica does not, nor does one that is full. */
  readonly up: boolean;
  /** Gives up the connection that is there; another follows. */
  leave(): void;
  close(): void;
}

/** A server that does not take a connection within this time is away, ms. */
const CONNECT_WITHIN_MS = 2_000;

/** Pauses before a server that is away is tried again, ms: what needs it is to be right again within seconds of its return. */
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 1_000;

/** How often a write is tried, ms: a server that takes none any more is known soon, and a write costs it some microseconds. */
const PROBE_MS = 2_000;

/** What is written goes by itself, ms. */
const PROBE_KEPT_MS = 10_000;

/** A busy process may read one answer late. So many that are late in a row are a server that hangs. */
const LATE_PROBES = 2;

/** A key for each connection: what one writes no other waits for. */
const ID_BYTES = 8;

/**
 * Answers of a server in whose place the address may lead to another by now: a replica, since a failover made it one (`READONLY`,
 * `MASTERDOWN`), or a primary that lost its replicas (`NOREPLICAS`). Of a script that writes, Redis 6 puts it in its own words behind.
 */
const ANOTHER_MAY_TAKE_IT = /\b(READONLY|MASTERDOWN|NOREPLICAS)\b/;

/**
 * Keeps a connection to the Redis that `url` names: `redis[s]://[[user]:password@]host[:port][/db]`. Never waits for one that is
 * away. Issue 13, C2: a server that answers and takes no writes is left like one that is gone, also by the connections that
 * BullMQ makes of this one for itself.
 */
export function connectRedis(
  url: string,
  { ca, client, prefix, onAway, onUp }: RedisOptions,
): RedisConnection {
  const secure = url.slice(0, url.indexOf(':')).toLowerCase() === 'rediss';
  const key = `${prefix}:up:${randomBytes(ID_BYTES).toString('hex')}`;
  let up = false;
  let told = false;
  /** It stays `ready` until it is closed, and many commands fail together. */
  let leaving = false;
  /** ioredis counts anew with each connection, though its server be a replica. */
  let triesSinceUp = 0;
  let connection = 0;
  let lateProbes = 0;

  const redis = new Redis(url, {
    ...client,
    connectTimeout: CONNECT_WITHIN_MS,
    ...(secure && ca !== undefined && { tls: { ca: [...rootCertificates, ca] } }),
    // Not again by itself (2): what of a transaction would come there alone.
    reconnectOnError: ({ message }) => ANOTHER_MAY_TAKE_IT.test(message),
    retryStrategy: () => {
      triesSinceUp += 1;
      return Math.min(FIRST_RETRY_MS * triesSinceUp, LAST_RETRY_MS) * (0.5 + Math.random() / 2);
    },
  });

  const away = (reason: Error) => {
    up = false;
    if (!told) onAway?.(reason);
    told = true;
  };
  const leave = () => {
    if (redis.status !== 'ready' || leaving) return;
    leaving = true;
    up = false;
    redis.disconnect(true);
  };
  const probe = async () => {
    if (redis.status !== 'ready') return;
    const asked = connection;
    try {
      await redis.set(key, '1', 'PX', PROBE_KEPT_MS);
      if (asked !== connection || leaving) return;
      lateProbes = 0;
      if (up) return;
      [up, told, triesSinceUp] = [true, false, 0];
      onUp?.();
    } catch (error) {
      if (asked !== connection || !(error instanceof Error)) return;
      if (error instanceof ReplyError) away(error);
      // Of a connection that was closed others tell.
      else if (isLate(error) && ++lateProbes >= LATE_PROBES) {
        away(error);
        leave();
      }
    }
  };

  redis.on('error', away);
  redis.on('close', () => {
    connection += 1;
    [up, leaving, lateProbes] = [false, false, 0];
  });
  redis.on('ready', probe);
  const probes = setInterval(probe, PROBE_MS).unref();

  return {
    redis,
    get up() {
      return up;
    },
    leave,
    close() {
      clearInterval(probes);
      redis.disconnect();
    },
  };
}

/** What ioredis says of a command that was not answered within its `commandTimeout`; it has no class of its own. */
const isLate = ({ message }: Error) => message === 'Command timed out';
