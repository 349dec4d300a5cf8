import { connectRedis, type RedisConnection } from '@carillon/redis';
import type { Redis } from 'ioredis';

/** A Redis that answers at all answers within milliseconds; one that is frozen does not, and its connection is given up. */
const COMMAND_WITHIN_MS = 1_000;

/** Where faults of the connection are written: a log, as far as it is needed here. */
export interface LinkLog {
  warn(fields: object, message: string): void;
  info(message: string): void;
}

/** What a connection may be told besides its URL. */
export interface LinkOptions {
  /** Certificates to trust besides the system's, PEM. */
  ca?: string | undefined;
  log?: LinkLog | undefined;
  /** After this without an answer a connection is given up, ms: longer only where the machine may stand still, as in tests. */
  answerWithinMs?: number | undefined;
}

/**
 * Keeps one connection to a Redis. Nothing is queued: a command that is given while it is away fails at once, and so do
 * those under way when it is lost. It returns by itself. Throws TypeError where `url` is none.
 */
export class RedisLink {
  readonly redis: Redis;
  readonly #connection: RedisConnection;

  /** `onReady` is called each time Redis is found to take writes: on another connection, or again. */
  constructor(
    url: string,
    prefix: string,
    onReady: () => void,
    { ca, log, answerWithinMs = COMMAND_WITHIN_MS }: LinkOptions = {},
  ) {
    if (!/^\/?[0-9]*$/.test(new URL(url).pathname))
      throw new TypeError('the path of a Redis URL is the number of a database');
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
        log?.warn({ err: error }, 'Redis is away');
        away = true;
      },
      onUp() {
        if (away) log?.info('Redis is back');
        away = false;
        onReady();
      },
    });
    this.redis = this.#connection.redis;
  }

  /** Whether it is there, and takes writes. */
  get ready(): boolean {
    return this.#connection.up;
  }

  /** Gives up the connection that is there; another follows. */
  drop(): void {
    this.#connection.leave();
  }

  close(): void {
    this.#connection.close();
  }
}
