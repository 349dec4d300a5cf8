import { randomBytes } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import { type RedisOptions as ClientOptions, Redis, ReplyError } from 'ioredis';

/** Options of a connection besides its URL. */
export interface RedisOptions {
  /** Certificates in PEM that are trusted in addition to the system's, for `rediss:`. */
  ca?: string | undefined;
  /** Set by the caller: how long a command may take, and what waits while the server is unavailable. */
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
  /** Prefix of all keys. One such key is written from time to time, to check that the server accepts writes. */
  prefix: string;
  /** Called once for each outage, with its reason. */
  onAway?: (reason: Error) => void;
  /** Called each time the server is found to accept writes, after the first connection and after every reconnect. */
  onUp?: () => void;
}

/** A connection to a Redis. It reconnects by itself, to whatever server its address then leads to. */
export interface RedisConnection {
  readonly redis: Redis;
  /**
   * Whether the server is available and accepts writes, as of the last {@link PROBE_MS}. Replicas and full servers do
   * not accept writes.
   */
  readonly up: boolean;
  /** Closes the current connection; a new one follows. */
  leave(): void;
  close(): void;
}

/** Time limit for connecting, ms. */
const CONNECT_WITHIN_MS = 2_000;

/** Pauses before an unavailable server is tried again, ms: services must recover within seconds of its return. */
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 1_000;

/**
 * How often a test write is made, ms: a server that no longer accepts writes is noticed soon, and a write costs it some
 * microseconds.
 */
const PROBE_MS = 2_000;

/** Lifetime of the test key, ms. */
const PROBE_KEPT_MS = 10_000;

/** A busy process may read one answer late. This many late answers in a row mean that the server hangs. */
const LATE_PROBES = 2;

/** One key per connection: the write of one connection does not wait for another. */
const ID_BYTES = 8;

/**
 * Errors after which the address may lead to another server: a replica since a failover (`READONLY`, `MASTERDOWN`), or
 * a primary that lost its replicas (`NOREPLICAS`). For a script that writes, Redis 6 wraps the error in its own words.
 */
const ANOTHER_MAY_TAKE_IT = /\b(READONLY|MASTERDOWN|NOREPLICAS)\b/;

/**
 * Keeps a connection to the Redis at `url`: `redis[s]://[[user]:password@]host[:port][/db]`. Never waits for an
 * unavailable server.
 *
 * Issue 13, C2: a server that answers but accepts no writes is left like a server that is gone, also by the connections
 * that BullMQ derives from this one.
 */
export function connectRedis(
  url: string,
  { ca, client, prefix, onAway, onUp }: RedisOptions,
): RedisConnection {
  const secure = url.slice(0, url.indexOf(':')).toLowerCase() === 'rediss';
  const key = `${prefix}:up:${randomBytes(ID_BYTES).toString('hex')}`;
  let up = false;
  let isReported = false;
  /** The status stays `ready` until the connection is closed, and many commands fail together. */
  let leaving = false;
  /** ioredis starts to count again with each connection, even if the server is a replica. */
  let triesSinceUp = 0;
  let connection = 0;
  let lateProbes = 0;

  const redis = new Redis(url, {
    ...client,
    connectTimeout: CONNECT_WITHIN_MS,
    ...(secure && ca !== undefined && { tls: { ca: [...rootCertificates, ca] } }),
    // Do not resend (2): a command of a transaction would be sent alone.
    reconnectOnError: ({ message }) => ANOTHER_MAY_TAKE_IT.test(message),
    retryStrategy: () => {
      triesSinceUp += 1;
      return Math.min(FIRST_RETRY_MS * triesSinceUp, LAST_RETRY_MS) * (0.5 + Math.random() / 2);
    },
  });

  const away = (reason: Error) => {
    up = false;
    if (!isReported) onAway?.(reason);
    isReported = true;
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
      [up, isReported, triesSinceUp] = [true, false, 0];
      onUp?.();
    } catch (error) {
      if (asked !== connection || !(error instanceof Error)) return;
      if (error instanceof ReplyError) away(error);
      // Other handlers report closed connections.
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

/** ioredis's error for a command without an answer within `commandTimeout`; it has no class of its own. */
const isLate = ({ message }: Error) => message === 'Command timed out';
