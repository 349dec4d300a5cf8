import { rootCertificates } from 'node:tls';
import { Redis } from 'ioredis';

/** A Redis that answers at all answers within milliseconds; one that is frozen does not, and its connection is given up. */
const COMMAND_WITHIN_MS = 1_000;
const CONNECT_WITHIN_MS = 2_000;

/** Pauses before a Redis that is away is tried again: presence is to be right again within seconds of its return. */
const FIRST_RETRY_MS = 200;
const LAST_RETRY_MS = 1_000;

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
  /** The connection is on its way to be closed; until then it stays `ready`. */
  #givenUp = false;

  constructor(
    url: string,
    onReady: () => void,
    { ca, log, answerWithinMs = COMMAND_WITHIN_MS }: LinkOptions = {},
  ) {
    const { protocol, pathname } = new URL(url);
    if (!/^\/?[0-9]*$/.test(pathname))
      throw new TypeError('the path of a Redis URL is the number of a database');
    this.redis = new Redis(url, {
      ...(protocol === 'rediss:' && ca !== undefined && { tls: { ca: [...rootCertificates, ca] } }),
      commandTimeout: answerWithinMs,
      connectTimeout: CONNECT_WITHIN_MS,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      autoResubscribe: false,
      maxRetriesPerRequest: 0,
      disableClientInfo: true,
      retryStrategy: (attempt) =>
        Math.min(FIRST_RETRY_MS * attempt, LAST_RETRY_MS) * (0.5 + Math.random() / 2),
    });
    let away = false;
    this.redis.on('error', (error) => {
      if (!away) log?.warn({ err: error }, 'Redis is away');
      away = true;
    });
    this.redis.on('close', () => {
      this.#givenUp = false;
    });
    this.redis.on('ready', () => {
      if (away) log?.info('Redis is back');
      away = false;
      onReady();
    });
  }

  get ready(): boolean {
    return this.redis.status === 'ready' && !this.#givenUp;
  }

  /** Gives up the connection that is there; another follows. */
  drop(): void {
    if (!this.ready) return;
    this.#givenUp = true;
    this.redis.disconnect(true);
  }

  close(): void {
    this.redis.disconnect();
  }
}
