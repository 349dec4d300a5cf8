import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** Characters; a shorter secret could be guessed offline from one cookie. */
export const MIN_SECRET_LENGTH = 16;

/** Signed texts: only the holder of the secret can write them, but anybody can read them. */
export interface Signer {
  /** Serializes a value as JSON with its signature: letters, digits, `-`, `_` and one dot. */
  seal(value: unknown): string;

  /** The value of a sealed text; undefined if it was forged or changed. Never throws. */
  open(sealed: string): unknown;
}

/**
 * Creates a signer with a separate key for each purpose (HKDF, RFC 5869), so that a text sealed for one purpose is
 * invalid for another. Throws a RangeError if the secret has fewer than {@link MIN_SECRET_LENGTH} characters.
 */
export function createSigner(secret: string, purpose: string): Signer {
  if (secret.length < MIN_SECRET_LENGTH) {
    throw new RangeError(`a session secret needs at least ${MIN_SECRET_LENGTH} characters`);
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
      // Accept exactly one text per signature: base64url has spare bits at its end, and Buffer skips characters that
      // are not base64url.
      const given = Buffer.from(signature, 'base64url');
      if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
      if (given.toString('base64url') !== signature) return undefined;
      return JSON.parse(Buffer.from(payload, 'base64url').toString());
    },
  };
}

/** The length of an HMAC-SHA256. */
const KEY_BYTES = 32;
