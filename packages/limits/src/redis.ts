import { connectRedis } from '@carillon/redis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Limit, Limits, RefusalObserver, Rule } from './limits.ts';
import { reserveFrom } from './reserve.ts';

/**
 * How long a post waits for Redis, ms. After this, counting continues in memory and the connection is given up, so that
 * a frozen Redis delays one post and not every post.
 */
const ANSWER_WITHIN_MS = 300;

const PREFIX = 'carillon:limit';

/** Options of the limits besides their URL. */
export interface LimitOptions {
  /** Certificates to trust in addition to the system's, PEM. */
  ca?: string | undefined;
  /** Gets a line when the nodes start to count separately, and when they share their counts again. */
  log?: { warn(fields: object, message: string): void; info(message: string): void } | undefined;
  refused?: RefusalObserver | undefined;
  /** How long a post waits for Redis, ms: longer only if the machine may pause for a while, as in tests. */
  answerWithinMs?: number | undefined;
}

/** Limits in a Redis that the nodes share. While it is unavailable, each node counts in memory. */
export function openRedisLimits(
  url: string,
  { ca, log, refused, answerWithinMs = ANSWER_WITHIN_MS }: LimitOptions = {},
): Limits {
  let away = false;
  const connection = connectRedis(url, {
    ca,
    prefix: PREFIX,
    client: {
      commandTimeout: answerWithinMs,
      enableOfflineQueue: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      disableClientInfo: true,
    },
    onAway(error) {
      log?.warn({ err: error }, 'Redis is unavailable: each node counts its limits separately');
      away = true;
    },
    onUp() {
      if (away) log?.info('Redis is available again: the nodes share their limits');
      away = false;
    },
  });

  function limit(rule: Rule): Limit {
    const { name, count, seconds } = rule;
    const inMemory = new RateLimiterMemory({ points: count, duration: seconds });
    const inRedis = new RateLimiterRedis({
      storeClient: connection.redis,
      points: count,
      duration: seconds,
      keyPrefix: `${PREFIX}:${name}`,
      rejectIfRedisNotReady: true,
    });
    // The insurance of rate-limiter-flexible would do the same, but it hides the error that ends the connection.
    const insured = {
      consume: (key: string, points: number): Promise<RateLimiterRes> =>
        inRedis.consume(key, points).catch((fault: unknown) => {
          if (fault instanceof RateLimiterRes) throw fault;
          connection.leave();
          return inMemory.consume(key, points);
        }),
    };
    return reserveFrom(insured, rule, refused);
  }

  return {
    limit,
    get connected() {
      return connection.up;
    },
    close: async () => connection.close(),
  };
}
