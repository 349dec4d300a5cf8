import { Problem } from '@carillon/protocol';
import { createLocalJWKSet, errors, type JSONWebKeySet, type JWTVerifyGetKey } from 'jose';

/** How old the keys may be, ms, before they are fetched anew: a key that the provider withdrew is void after about this. */
export const REFRESH_AFTER_MS = 10 * 60 * 1_000;

/** Between two fetches, ms: whoever sends tokens with made-up key ids must not make us ask the provider each time. */
export const COOLDOWN_MS = 10_000;

/** A provider that has not answered by now is away, ms: requests wait for it. */
const ANSWER_WITHIN_MS = 5_000;

/** Providers publish a handful of keys, some 2 KB each with their certificates. */
const MAX_BYTES = 256 * 1024;

/**
 * The key of a token among those that are published at `url` (RFC 7517): fetched when the first token comes, again when they
 * are old, and when a token names a key that is not among them. While the provider is away the last good ones stay.
 * Nothing in a token's header says where keys are (`jku`, `x5u`, `jwk`): it only picks one of these.
 *
 * `onFailure` is told of each fetch that failed. Throws the problem `identity_away` where there are no keys yet, jose's JWKSNoMatchingKey where the token names none of them.
 */
export function jwksKey(url: string, onFailure?: (error: unknown) => void): JWTVerifyGetKey {
  let keys: ReturnType<typeof createLocalJWKSet> | undefined;
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

  return async (header, token) => {
    if (keys === undefined) await refresh();
    else if (Date.now() - fetchedAt > REFRESH_AFTER_MS) void refresh();
    if (keys === undefined) {
      const retryAfter = COOLDOWN_MS / 1_000;
      throw new Problem('identity_away', 'Tokens cannot be verified now. Try again.', { retryAfter });
    }
    try {
      return await keys(header, token);
    } catch (error) {
      if (!(error instanceof errors.JWKSNoMatchingKey)) throw error;
      await refresh();
      return keys(header, token);
    }
  };
}

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
