import { RateLimiterRes } from 'rate-limiter-flexible';
import type { Limit, RefusalObserver, Rule } from './limits.ts';

/** Where shares are kept: one of rate-limiter-flexible's limiters, or what stands for one. */
export interface Store {
  /** Takes `points` of a caller's share. Rejects with a RateLimiterRes where so many are not left. */
  consume(key: string, points: number): Promise<RateLimiterRes>;
}

/** A share is fetched in about so many pieces: with more of them nodes hold back less, with fewer they ask less often. */
const PIECES = 20;

/** Callers whose piece is kept; beyond, the oldest is given up with what is left of it. About 2 MiB. */
const MAX_CALLERS = 10_000;

/** What this node holds of a caller's share. */
interface Reserve {
  left: number;
  /** No more is given before the period ends. */
  spent: boolean;
  /** When the period ends, ms of this process. */
  until: number;
  /** The next piece is on its way. */
  fetching: Promise<void> | undefined;
}

/**
 * Takes callers' shares from their store in pieces, and hands them out from memory. So one post of many pays the way to
 * the store, and a caller over its limit costs nothing until the period ends. Never is more handed out than the
 * rule has; what a node holds and does not need is lost to the others for the rest of the period.
 */
export function reserveFrom(store: Store, { name, count, seconds }: Rule, refused?: RefusalObserver): Limit {
  refused?.(name, 0);
  const piece = pieceOf(count);
  const reserves = new Map<string, Reserve>();

  function reserveOf(key: string): Reserve {
    const known = reserves.get(key);
    if (known !== undefined) return known;
    // A Map keeps the order of insertion.
    if (reserves.size >= MAX_CALLERS) reserves.delete(reserves.keys().next().value ?? '');
    const reserve = { left: 0, spent: false, until: 0, fetching: undefined };
    reserves.set(key, reserve);
    return reserve;
  }

  /** Undefined where the store has to be asked. */
  function takeNow(reserve: Reserve): number | undefined {
    const ms = reserve.until - performance.now();
    if (ms <= 0) return undefined;
    if (reserve.left > 0) {
      reserve.left -= 1;
      return 0;
    }
    return reserve.spent ? Math.ceil(ms / 1_000) : undefined;
  }

  function told(taken: number): number {
    if (taken > 0) refused?.(name, 1);
    return taken;
  }

  async function takeLater(key: string, reserve: Reserve): Promise<number> {
    for (;;) {
      reserve.fetching ??= fetch(key, reserve);
      await reserve.fetching;
      const taken = takeNow(reserve);
      if (taken !== undefined) return told(taken);
    }
  }

  async function fetch(key: string, reserve: Reserve): Promise<void> {
    let answer: RateLimiterRes;
    reserve.spent = false;
    try {
      answer = await store.consume(key, piece);
      reserve.left = piece;
    } catch (refusal) {
      if (!(refusal instanceof RateLimiterRes)) throw refusal;
      answer = refusal;
      reserve.left = 0;
      reserve.spent = true;
    } finally {
      reserve.fetching = undefined;
    }
    const ms = answer.msBeforeNext > 0 ? answer.msBeforeNext : seconds * 1_000;
    reserve.until = performance.now() + ms;
  }

  return {
    take(key) {
      const reserve = reserveOf(key);
      const taken = takeNow(reserve);
      return taken === undefined ? takeLater(key, reserve) : told(taken);
    },
  };
}

/** A piece goes into the share without rest, so that all of it can be had. */
function pieceOf(count: number): number {
  let piece = Math.max(1, Math.floor(count / PIECES));
  while (count % piece !== 0) piece -= 1;
  return piece;
}
