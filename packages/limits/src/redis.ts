import { connectRedis } from '@carillon/redis';
import { RateLimiterMemory, RateLimiterRedis, RateLimiterRes } from 'rate-limiter-flexible';
import type { Limit, Limits, RefusalObserver, Rule } from './limits.ts';
import { reserveFrom } from './reserve.ts';

/**
 * A post never waits longer than this for Redis, ms: then memory counts, and the connection is given up, so that with a
 * Redis that is frozen one post waits and not each.
 */
const ANSWER_WITHIN_MS = 300;

const PREFIX = 'carillon:limit';

/** What limits may be told besides their URL. */
export interface LimitOptions {
  /** Certificates to trust besides the system's, PEM. */
  ca?: string | undefined;
  /** Is told when limits are counted by each node for itself, and when together again. */
  log?: { warn(fields: object, message: string): void; info(message: string): void } | undefined;
  refused?: RefusalObserver | undefined;
  /** How long a post waits for Redis at most, ms: longer only where the machine may stand still for a while, as in tests. */
  answerWithinMs?: number | undefined;
}

/** Limits over a Redis, which the nodes share. While it is away, each node counts in memory. */
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
      log?.warn({ err: error }, 'Redis is away: each node counts its limits for itself');
      away = true;
    },
    onUp() {
      if (away) log?.info('Redis is back: limits are counted together');
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
    // rate-limiter-flexible's own insurance would do the same, but it hides the fault that ends the connection.
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
