import { RateLimiterRes } from 'rate-limiter-flexible';
import type { Limit, RefusalObserver, Rule } from './limits.ts';

/** The store of allowances: a limiter of rate-limiter-flexible, or an equivalent. */
export interface Store {
  /** Takes `points` of a caller's allowance. Rejects with a RateLimiterRes if fewer are left. */
  consume(key: string, points: number): Promise<RateLimiterRes>;
}

/**
 * An allowance is fetched in about this many pieces: with more pieces nodes hold back less, with fewer they ask less
 * often.
 */
const PIECES = 20;

/** Number of callers with a reserve; beyond, the oldest reserve is dropped with what is left of it. About 2 MiB. */
const MAX_CALLERS = 10_000;

/** The part of a caller's allowance that this node holds. */
interface Reserve {
  left: number;
  /** The store has nothing left until the period ends. */
  spent: boolean;
  /** When the period ends, ms on this process's clock. */
  until: number;
  /** The request for the next piece. */
  fetching: Promise<void> | undefined;
}

/**
 * Takes callers' allowances from the store in pieces, and hands them out from memory. So only a few posts need a
 * request to the store, and a caller over the limit costs nothing until the period ends. Callers never get more than
 * the rule allows; what a node holds and does not use is lost to the other nodes for the rest of the period.
 */
export function reserveFrom(store: Store, { name, count, seconds }: Rule, refused?: RefusalObserver): Limit {
  refused?.(name, 0);
  const piece = pieceOf(count);
  const reserves = new Map<string, Reserve>();

  function reserveOf(key: string): Reserve {
    const known = reserves.get(key);
    if (known !== undefined) return known;
    // A Map keeps insertion order.
    if (reserves.size >= MAX_CALLERS) reserves.delete(reserves.keys().next().value ?? '');
    const reserve = { left: 0, spent: false, until: 0, fetching: undefined };
    reserves.set(key, reserve);
    return reserve;
  }

  /** Undefined if the store has to be asked. */
  function takeNow(reserve: Reserve): number | undefined {
    const ms = reserve.until - performance.now();
    if (ms <= 0) return undefined;
    if (reserve.left > 0) {
      reserve.left -= 1;
      return 0;
    }
    return reserve.spent ? Math.ceil(ms / 1_000) : undefined;
  }

  function waitOf(taken: number): number {
    if (taken > 0) refused?.(name, 1);
    return taken;
  }

  async function takeLater(key: string, reserve: Reserve): Promise<number> {
    for (;;) {
      reserve.fetching ??= fetch(key, reserve);
      await reserve.fetching;
      const taken = takeNow(reserve);
      if (taken !== undefined) return waitOf(taken);
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
      return taken === undefined ? takeLater(key, reserve) : waitOf(taken);
    },
  };
}

/** A piece divides the allowance without remainder, so that all of it can be used. */
function pieceOf(count: number): number {
  let piece = Math.max(1, Math.floor(count / PIECES));
  while (count % piece !== 0) piece -= 1;
  return piece;
}
