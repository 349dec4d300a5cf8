import type { Identity } from '@carillon/protocol';

/** Identities by the cookie or token that proved them, so that it need not be verified again: a post waits for nothing. */
export class Verified {
  readonly #identities = new Map<string, { readonly identity: Identity; readonly until: number }>();
  readonly #keptMs: number;
  #characters = 0;

  /** `keptMs`: how long what was verified holds, where it may become void before it expires. */
  constructor(keptMs = Number.POSITIVE_INFINITY) {
    this.#keptMs = keptMs;
  }

  /** The identity of what was verified before, unless it has expired since, or is to be verified anew. `now` in ms since 1970. */
  get(proof: string, now = Date.now()): Identity | undefined {
    const known = this.#identities.get(proof);
    if (known === undefined || known.until > now) return known?.identity;
    this.#forget(proof);
    return undefined;
  }

  set(proof: string, identity: Identity): void {
    // A Map keeps the order of insertion: the oldest go first.
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

/** People a node knows at once: whoever posts or opens a stream within minutes on a busy one. */
const MAX_ENTRIES = 4_096;

/** Cookies and tokens have some 300 to 1,000 characters; a few MiB in all, whatever they are. */
const MAX_CHARACTERS = 4 * 1024 * 1024;
