import type { Identity } from '@carillon/protocol';

/** A cache of identities by the cookie or token that proved them, so that a post does not wait for verification. */
export class Verified {
  readonly #identities = new Map<string, { readonly identity: Identity; readonly until: number }>();
  readonly #keptMs: number;
  #characters = 0;

  /** @param keptMs how long an entry is valid, ms, if it may become invalid before it expires */
  constructor(keptMs = Number.POSITIVE_INFINITY) {
    this.#keptMs = keptMs;
  }

  /** The cached identity, unless it has expired or must be verified again. `now` in ms since 1970. */
  get(proof: string, now = Date.now()): Identity | undefined {
    const known = this.#identities.get(proof);
    if (known === undefined || known.until > now) return known?.identity;
    this.#forget(proof);
    return undefined;
  }

  set(proof: string, identity: Identity): void {
    // A Map keeps insertion order: the oldest entries are removed first.
    for (const oldest of this.#identities.keys()) {
      if (this.#identities.size < MAX_ENTRIES && this.#characters + proof.length <= MAX_CHARACTERS) break;
      this.#forget(oldest);
    }
    if (!this.#identities.has(proof)) this.#characters += proof.length;
    const { expiresAt = Number.POSITIVE_INFINITY } = identity;
    this.#identities.set(proof, { identity, until: Math.min(expiresAt, Date.now() + this.#keptMs) });
  }

  #forget(proof: string): void {
    if (this.#identities.delete(proof)) this.#characters -= proof.length;
  }
}

/** Number of people in the cache: everybody who posts or opens a stream within minutes on a busy node. */
const MAX_ENTRIES = 4_096;

/** Cookies and tokens have about 300 to 1,000 characters; this limits the cache to a few MiB. */
const MAX_CHARACTERS = 4 * 1024 * 1024;
