import { Problem } from '@carillon/protocol';
import { type CompactVerifyGetKey, createLocalJWKSet, errors, type JSONWebKeySet } from 'jose';

/** How old the keys may be, ms, before they are fetched anew: a key that the provider withdrew is void after about this. */
export const REFRESH_AFTER_MS = 10 * 60 * 1_000;

/** Between two fetches, ms: whoever sends tokens with made-up key ids or signatures must not make us ask the provider each time. */
export const COOLDOWN_MS = 10_000;

/** A provider that has not answered by now is away, ms: requests wait for it. */
const ANSWER_WITHIN_MS = 5_000;

/** Providers publish a handful of keys, some 2 KB each with their certificates. */
const MAX_BYTES = 256 * 1024;

/** The keys that a provider publishes. */
export interface PublishedKeys {
  /**
   * What `look` gives, which verifies something by the key that it is handed. It is called a second time, with keys that are newer,
   * where what it looked at names a key that was not there, or does not verify by the one of that name: a provider may put another in
   * its place (issue 13, C5). Throws what `look` throws, and the problem `identity_away` where there are no keys yet.
   */
  verify<Verified>(look: (key: CompactVerifyGetKey) => Promise<Verified>): Promise<Verified>;
}

/**
 * The keys that are published at `url` (RFC 7517): fetched when they are first needed, again when they are old, and when something does
 * not verify by them, once in {@link COOLDOWN_MS} for all. While the provider is away the last good ones stay.
 * Nothing in a token's header says where keys are (`jku`, `x5u`, `jwk`): it only picks one of these.
 *
 * `onFailure` is told of each fetch that failed.
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
  /** Asks the provider; those who ask at once wait for one answer, and within the cooldown nobody asks. */
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
        // Others may have fetched them meanwhile.
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
    if (answer.status !== 200) throw new Error(`the keys were answered with status ${answer.status}`);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of answer.body ?? []) {
      size += chunk.length;
      if (size > MAX_BYTES) throw new Error(`the keys are over ${MAX_BYTES} bytes`);
      chunks.push(chunk);
    }
    return JSON.parse(Buffer.concat(chunks).toString());
  } finally {
    await answer.body?.cancel().catch(() => {});
  }
}
