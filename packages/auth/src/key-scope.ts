import { createHash, createHmac, hkdfSync } from 'node:crypto';

/** What is known about an anonymous post. */
export interface AnonymousPost {
  key: string;
  /** The address that the post came from. */
  address: string;
  body: string;
  replyTo: number | undefined;
}

/**
 * Computes the scope in which an anonymous caller's `Idempotency-Key` counts, a text of 22 characters. All anonymous
 * callers share one author, so a key alone does not identify a person (issue 13, C6).
 */
export type KeyScope = (post: AnonymousPost) => string;

/**
 * A key of at least this many characters is assumed to be random (128 bits in base64url, as from the SDK or a UUID):
 * nobody else has it by chance, and it stays valid when a phone retries from another address. Short keys such as `1` or
 * `4711` are used by many callers.
 */
const RANDOM_KEY_LENGTH = 22;

/** 128 bits: two posts do not share a scope by chance. */
const SCOPE_BYTES = 16;
const KEY_BYTES = 32;

/**
 * Separates the keys of anonymous callers by the content that they post and, for short keys, also by address. So a
 * stranger's post is never refused because of a key. It gets another post's answer only if it is the same message from
 * the same address: a retry.
 *
 * @param secret the address is hashed with a key derived from it, so that addresses cannot be read from the store
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
