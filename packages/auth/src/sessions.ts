import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { type Author, author, displayName } from '@carillon/protocol';
import { cookieValue } from './cookie-header.ts';

export const SESSION_COOKIE = 'carillon_session';

/** Characters; a shorter secret could be guessed offline from one cookie. */
export const MIN_SECRET_LENGTH = 16;

/** Who posts without a session. */
export const GUEST: Author = Object.freeze({ id: 'guest', name: 'Guest' });

/** Guest sessions: who somebody is lies in a cookie that only this secret can sign, so any node can read it. */
export interface Sessions {
  /**
   * A session of that name; `name` is trimmed as {@link displayName} says. With `id` (of the session that is
   * there) it is a rename: the author stays the same. Gives the value of a `Set-Cookie` header. Throws a
   * ZodError where the name cannot be one.
   */
  issue(name: string, id?: string): { author: Author; cookie: string };

  /** The author of a request's `Cookie` header. What is forged, cut or too long is no session; it never throws. */
  read(cookieHeader: string | undefined): Author | undefined;
}

/** Makes the sessions of one secret (`SESSION_SECRET`), at least {@link MIN_SECRET_LENGTH} characters; throws a RangeError otherwise. */
export function createSessions(secret: string): Sessions {
  if (secret.length < MIN_SECRET_LENGTH) {
    throw new RangeError(`a session secret has at least ${MIN_SECRET_LENGTH} characters`);
  }
  const verified = new Map<string, Author>();

  const sign = (payload: string) => createHmac('sha256', secret).update(payload).digest();

  const verify = (value: string): Author | undefined => {
    const cut = value.lastIndexOf('.');
    const payload = value.slice(0, cut);
    const given = Buffer.from(value.slice(cut + 1), 'base64url');
    const expected = sign(payload);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
    const [version, id, name] = payload.split('.');
    if (version !== VERSION || id === undefined || name === undefined) return undefined;
    const found = author.safeParse({ id, name: Buffer.from(name, 'base64url').toString() });
    return found.success ? Object.freeze(found.data) : undefined;
  };

  return {
    issue(name, id = randomBytes(ID_BYTES).toString('base64url')) {
      const named = { id, name: displayName.parse(name) };
      const payload = `${VERSION}.${id}.${Buffer.from(named.name).toString('base64url')}`;
      const value = `${payload}.${sign(payload).toString('base64url')}`;
      return { author: named, cookie: `${SESSION_COOKIE}=${value}; ${ATTRIBUTES}` };
    },

    read(cookieHeader) {
      const value = cookieHeader === undefined ? undefined : cookieValue(cookieHeader, SESSION_COOKIE);
      if (value === undefined || value.length > MAX_VALUE_LENGTH) return undefined;
      const known = verified.get(value);
      if (known !== undefined) return known;
      const found = verify(value);
      if (found === undefined) return undefined;
      // A Map keeps the order of insertion: the oldest goes first.
      if (verified.size >= MAX_VERIFIED) verified.delete(verified.keys().next().value ?? '');
      verified.set(value, found);
      return found;
    },
  };
}

/** First field of a cookie's value, so that another form can come later. */
const VERSION = 'v1';

/** 128 bits: nobody meets another's id by chance. */
const ID_BYTES = 16;

/** Seconds; a guest who comes back within a year is the same person. */
const MAX_AGE_SECONDS = 365 * 24 * 60 * 60;

const ATTRIBUTES = `Path=/; Max-Age=${MAX_AGE_SECONDS}; HttpOnly; SameSite=Lax`;

/** Characters: version, id, a name of 64 characters at 3 bytes in base64, signature, with room to spare. */
const MAX_VALUE_LENGTH = 512;

/** Cookies whose signature need not be computed again (a tenth of the time); at most about 2 MiB. */
const MAX_VERIFIED = 4096;
