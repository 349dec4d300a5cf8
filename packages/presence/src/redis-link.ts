import { connectRedis, type RedisConnection } from '@carillon/redis';
import type { Redis } from 'ioredis';

/**
 * Time limit of a command: a working Redis answers within milliseconds. If it is frozen, its connection is given up.
 */
const COMMAND_WITHIN_MS = 1_000;

/** A log for errors of the connection. */
export interface LinkLog {
  warn(fields: object, message: string): void;
  info(message: string): void;
}

/** Options of a connection besides its URL. */
export interface LinkOptions {
  /** Certificates to trust in addition to the system's, PEM. */
  ca?: string | undefined;
  log?: LinkLog | undefined;
  /**
   * Time without an answer after which a connection is given up, ms: longer only if the machine may pause, as in tests.
   */
  answerWithinMs?: number | undefined;
}

/**
 * Keeps one connection to a Redis. Nothing is queued: commands fail at once while it is unavailable, and active
 * commands fail when the connection is lost. It reconnects by itself. Throws TypeError if `url` is not a Redis URL.
 */
export class RedisLink {
  readonly redis: Redis;
  readonly #connection: RedisConnection;

  /**
   * `onReady` is called each time Redis is found to accept writes, after the first connection and after every
   * reconnect.
   */
  constructor(
    url: string,
    prefix: string,
    onReady: () => void,
    { ca, log, answerWithinMs = COMMAND_WITHIN_MS }: LinkOptions = {},
  ) {
    if (!/^\/?[0-9]*$/.test(new URL(url).pathname))
      throw new TypeError('the path of a Redis URL must be a database number');
    let away = false;
    this.#connection = connectRedis(url, {
      ca,
      prefix,
      client: {
        commandTimeout: answerWithinMs,
        enableOfflineQueue: false,
        autoResendUnfulfilledCommands: false,
        autoResubscribe: false,
        maxRetriesPerRequest: 0,
        disableClientInfo: true,
      },
      onAway(error) {
        log?.warn({ err: error }, 'Redis is unavailable');
        away = true;
      },
      onUp() {
        if (away) log?.info('Redis is available again');
        away = false;
        onReady();
      },
    });
    this.redis = this.#connection.redis;
  }

  /** Whether Redis is available and accepts writes. */
  get ready(): boolean {
    return this.#connection.up;
  }

  /** Closes the current connection; a new one follows. */
  drop(): void {
    this.#connection.leave();
  }

  close(): void {
    this.#connection.close();
  }
}
