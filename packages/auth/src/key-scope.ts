import { createHash, createHmac, hkdfSync } from 'node:crypto';

/** What is known of a post that nobody's name stands behind. */
export interface AnonymousPost {
  key: string;
  /** Whence it came. */
  address: string;
  body: string;
  replyTo: number | undefined;
}

/**
 * Where an anonymous caller's `Idempotency-Key` counts, as a text of 22 characters. All of them are one author, so a key is not that
 * of a person (issue 13, C6).
 */
export type KeyScope = (post: AnonymousPost) => string;

/**
 * A key of at least so many characters is taken to be random (128 bits in base64url, as the SDK's or any UUID): nobody else has it by chance,
 * and it holds when a phone that posts again has another address by now. A shorter one, `1` or `4711`, many have.
 */
const RANDOM_KEY_LENGTH = 22;

/** 128 bits: two posts do not share a scope by chance. */
const SCOPE_BYTES = 16;
const KEY_BYTES = 32;

/**
 * Tells apart the keys of those of whom nothing is known: by what they post, and where the key is short, by their address, too. So a
 * stranger's post is never refused for a key, and answered with another's only where it is the same message from the same place: a retry.
 * An address goes in under a key of the server's own, for it is not to be read out of a store.
 */
export function createKeyScope(secret: string): KeyScope {
  const own = new Uint8Array(hkdfSync('sha256', secret, '', 'carillon key scope', KEY_BYTES));
  return ({ key, address, body, replyTo }) => {
    const message = `${replyTo ?? ''}\n${body}`;
    const hash =
      key.length < RANDOM_KEY_LENGTH
        ? createHmac('sha256', own).update(`${address}\n${message}`)
        : createHash('sha256').update(message);
    return hash.digest().subarray(0, SCOPE_BYTES).toString('base64url');
  };
}
