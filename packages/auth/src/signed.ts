import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Characters; a shorter secret could be guessed offline from one cookie. */
export const MIN_SECRET_LENGTH = 16;

/** Texts that only who has the secret can have written. What is in them anybody can read. */
export interface Signer {
  /** A value that can be written as JSON, with its signature: letters, digits, `-`, `_` and one dot. */
  seal(value: unknown): string;

  /** The value of a sealed text; undefined where somebody else wrote it, or changed it. Never throws. */
  open(sealed: string): unknown;
}

/**
 * Signs with a key of its own for each purpose (HKDF, RFC 5869), so that a text sealed for one is void for another. Throws a
 * RangeError where the secret has fewer than {@link MIN_SECRET_LENGTH} characters.
 */
export function createSigner(secret: string, purpose: string): Signer {
  if (secret.length < MIN_SECRET_LENGTH) {
    throw new RangeError(`a session secret has at least ${MIN_SECRET_LENGTH} characters`);
  }
  const key = new Uint8Array(hkdfSync('sha256', secret, '', `carillon ${purpose}`, KEY_BYTES));
  const sign = (payload: string) => createHmac('sha256', key).update(payload).digest();
  return {
    seal(value) {
      const payload = Buffer.from(JSON.stringify(value)).toString('base64url');
      return `${payload}.${sign(payload).toString('base64url')}`;
    },
    open(sealed) {
      const cut = sealed.indexOf('.');
      const payload = sealed.slice(0, Math.max(cut, 0));
      const signature = sealed.slice(cut + 1);
      const expected = sign(payload);
      // One text for each signature: base64url has spare bits at its end, and Buffer skips what is none of it.
      const given = Buffer.from(signature, 'base64url');
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
      if (given.toString('base64url') !== signature) return undefined;
      return JSON.parse(Buffer.from(payload, 'base64url').toString());
    },
  };
}

/** As long as what HMAC-SHA256 gives. */
const KEY_BYTES = 32;
