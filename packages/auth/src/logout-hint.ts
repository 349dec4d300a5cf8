import { createHash } from 'node:crypto';
import { z } from 'zod';
import { cookieValue } from './cookie-header.ts';
import { createSigner } from './signed.ts';

/**
 * The ID token of a sign-in. The browser keeps it until sign-out, when the provider expects it (`id_token_hint`, OpenID
 * Connect RP-Initiated Logout 1.0, 2). It has a cookie of its own: there is no table of sessions, and inside the
 * session cookie it would be sent with every post.
 */
export interface LogoutHints {
  /**
   * The `Set-Cookie` that keeps the ID token of this session for the given seconds. If the token is too long for a
   * cookie, this deletes an older cookie instead; then the provider asks the person to confirm the sign-out.
   */
  keep(idToken: string, session: string, seconds: number): string;

  /**
   * The ID token of this session in a `Cookie` header; undefined if it belongs to another session or was changed. Never
   * throws.
   */
  read(cookies: string | undefined, session: string): string | undefined;

  /** The `Set-Cookie` that deletes the cookie. */
  clear(): string;
}

/** @param secure whether people reach Carillon over https */
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

/** The session cookie uses the path `/`; this cookie is sent only when the session is read or ended. */
const PATH = '/v1/session';

/**
 * Without the prefix `__Host-`, which requires the path `/`: a planted cookie belongs to another session and is not
 * accepted.
 */
const COOKIE = 'carillon_id_token';

/** Separator: it occurs neither in a JWT nor in a seal. */
const BETWEEN = '~';

/**
 * Characters. Together with the longest session cookie this fits into the 8 KiB that nginx accepts for one line. ID
 * tokens have about 700 to 2,000 characters; tokens that list hundreds of groups are longer.
 */
const MAX_VALUE_LENGTH = 3_200;

/** The signed content: the session that the token belongs to, so that no sign-out uses another session's token. */
const sealed = z.object({ session: z.string(), digest: z.string() });

const digestOf = (idToken: string) => createHash('sha256').update(idToken).digest('base64url');
