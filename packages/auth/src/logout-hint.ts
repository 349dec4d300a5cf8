import { createHash } from 'node:crypto';
import { z } from 'zod';
import { cookieValue } from './cookie-header.ts';
import { createSigner } from './signed.ts';

/**
 * The ID token of a sign-in, kept by the browser until the sign-out, where the provider wants it back (`id_token_hint`, OpenID Connect
 * RP-Initiated Logout 1.0, 2). It lies in a cookie beside the session's: there is no table of sessions, and within the session's it would
 * go along with every post.
 */
export interface LogoutHints {
  /**
   * The `Set-Cookie` that keeps the ID token of this session for so many seconds; one that forgets an older one where the token is
   * too long for a cookie: then a sign-out has no hint, and the provider asks the person.
   */
  keep(idToken: string, session: string, seconds: number): string;

  /** The ID token of this session in a `Cookie` header; undefined where it is another's, or not as it was given. Never throws. */
  read(cookies: string | undefined, session: string): string | undefined;

  /** The `Set-Cookie` that forgets it. */
  clear(): string;
}

/** `secure`: people find Carillon by https. */
export function createLogoutHints(sessionSecret: string, secure: boolean): LogoutHints {
  const signer = createSigner(sessionSecret, 'logout hint');
  const cookie = (value: string, seconds: number) =>
    `${COOKIE}=${value}; Max-Age=${seconds}; Path=${PATH}; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;
  return {
    keep(idToken, session, seconds) {
      const seal = signer.seal({ session, digest: digestOf(idToken) } satisfies z.input<typeof sealed>);
      const value = `${idToken}${BETWEEN}${seal}`;
      return value.length > MAX_VALUE_LENGTH ? cookie('', 0) : cookie(value, seconds);
    },

    read(cookies, session) {
      const value = cookies === undefined ? undefined : cookieValue(cookies, COOKIE);
      if (value === undefined || value.length > MAX_VALUE_LENGTH) return undefined;
      const cut = value.indexOf(BETWEEN);
      const idToken = value.slice(0, Math.max(cut, 0));
      const seal = sealed.safeParse(signer.open(value.slice(cut + 1)));
      const own = seal.data?.session === session && seal.data.digest === digestOf(idToken);
      return own ? idToken : undefined;
    },

    clear: () => cookie('', 0),
  };
}

/** That of the session is `/`; this one goes along with a look at the session and with its end alone. */
const PATH = '/v1/session';

/** No `__Host-` before it, which wants the path `/`: a planted one is another's, and is not taken. */
const COOKIE = 'carillon_id_token';

/** Neither in a JWT nor in a seal. */
const BETWEEN = '~';

/**
 * Characters. With the longest cookie of a session it fits into the 8 KiB that nginx takes for one line. ID tokens have some 700 to 2,000;
 * those that list a person's hundreds of groups are longer.
 */
const MAX_VALUE_LENGTH = 3_200;

/** What is signed: whose token it is, so that no sign-out names another's. */
const sealed = z.object({ session: z.string(), digest: z.string() });

const digestOf = (idToken: string) => createHash('sha256').update(idToken).digest('base64url');
