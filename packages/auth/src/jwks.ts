import { Problem } from '@carillon/protocol';
import { type CompactVerifyGetKey, createLocalJWKSet, errors, type JSONWebKeySet } from 'jose';

/**
 * Age at which the keys are fetched again, ms: a key that the provider withdrew becomes invalid after about this time.
 */
export const REFRESH_AFTER_MS = 10 * 60 * 1_000;

/**
 * Minimum time between two fetches, ms: tokens with invented key ids or signatures must not cause a request to the
 * provider each time.
 */
export const COOLDOWN_MS = 10_000;

/** Time limit for the provider's answer, ms; requests wait for it. */
const ANSWER_WITHIN_MS = 5_000;

/** Providers publish a handful of keys, about 2 KB each with their certificates. */
const MAX_BYTES = 256 * 1024;

/** The keys that a provider publishes. */
export interface PublishedKeys {
  /**
   * Calls `look` with the keys, and returns its result. If the token names an unknown key, or does not verify by the
   * key of that name, the keys are fetched and `look` is called once more: a provider may replace a key under the same
   * name (issue 13, C5). Throws what `look` throws, or the problem `identity_away` if there are no keys yet.
   */
  verify<Verified>(look: (key: CompactVerifyGetKey) => Promise<Verified>): Promise<Verified>;
}

/**
 * The keys published at `url` (RFC 7517). They are fetched on first use, again when they are old, and when a token does
 * not verify, at most once per {@link COOLDOWN_MS} in total. While the provider is unavailable the last keys stay in
 * use. Token headers (`jku`, `x5u`, `jwk`) never decide where keys come from; they only select one of these.
 *
 * @param onFailure called with the error of each failed fetch
 */
export function publishedKeys(url: string, onFailure?: (error: unknown) => void): PublishedKeys {
  let keys: CompactVerifyGetKey | undefined;
  let fetchedAt = Number.NEGATIVE_INFINITY;
  let triedAt = Number.NEGATIVE_INFINITY;
  let pending: Promise<void> | undefined;

  const load = async () => {
    triedAt = Date.now();
    try {
      keys = createLocalJWKSet(await fetchKeys(url));
      fetchedAt = Date.now();
    } catch (error) {
      onFailure?.(error);
    } finally {
      pending = undefined;
    }
  };
  /** Fetches the keys; concurrent callers share one request, and nothing is fetched during the cooldown. */
  const refresh = (): Promise<void> => {
    if (pending === undefined && Date.now() - triedAt >= COOLDOWN_MS) pending = load();
    return pending ?? Promise.resolve();
  };

  return {
    async verify(look) {
      if (keys === undefined) await refresh();
      else if (Date.now() - fetchedAt > REFRESH_AFTER_MS) void refresh();
      const tried = keys;
      if (tried === undefined) {
        const retryAfter = COOLDOWN_MS / 1_000;
        throw new Problem('identity_away', 'Tokens cannot be verified now. Try again.', { retryAfter });
      }
      try {
        return await look(tried);
      } catch (error) {
        if (!mayBeOfNewerKey(error)) throw error;
        // Another caller may have fetched them in the meantime.
        if (keys === tried) await refresh();
        const newer = keys;
        if (newer === undefined || newer === tried) throw error;
        return look(newer);
      }
    },
  };
}

const mayBeOfNewerKey = (error: unknown) =>
  error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;

async function fetchKeys(url: string): Promise<JSONWebKeySet> {
  const answer = await fetch(url, {
    headers: { Accept: 'application/json, application/jwk-set+json' },
    redirect: 'error',
    signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
  });
  try {
    if (answer.status !== 200) throw new Error(`the request for the keys returned status ${answer.status}`);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of answer.body ?? []) {
      size += chunk.length;
      if (size > MAX_BYTES) throw new Error(`the keys are larger than ${MAX_BYTES} bytes`);
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString());
  } finally {
    await answer.body?.cancel().catch(() => {});
  }
}
