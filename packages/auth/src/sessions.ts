import { randomBytes } from 'node:crypto';
import {
  type Author,
  author,
  displayName,
  type Grants,
  grants,
  type Identity,
  Problem,
} from '@carillon/protocol';
import { z } from 'zod';
import { cookieValue, onlyByHttps } from './cookie-header.ts';
import { EVERYWHERE } from './everybody.ts';
import { shownAuthor } from './shown-author.ts';
import { createSigner } from './signed.ts';
import { Verified } from './verified.ts';

/** The cookie's name over plain http. */
export const SESSION_COOKIE = 'carillon_session';

/** The cookie's name over https. */
export const SECURE_SESSION_COOKIE = onlyByHttps(SESSION_COOKIE);

/** A session, and the `Set-Cookie` value that gives it to the browser. */
export interface Issued {
  identity: Identity;
  cookie: string;
}

/** A person who signed in, and how long the session lasts. */
export interface SignedIn {
  author: Author;
  grants: Grants;
  /** ms since 1970: when the sign-in was issued. A later revocation also ends the session. */
  issuedAt: number;
  /** ms since 1970. */
  expiresAt: number;
}

/**
 * Sessions. The identity is stored in a signed cookie, so every node can read it. Each sign-in draws a new random id,
 * so nobody can choose it in advance (session fixation).
 */
export interface Sessions {
  /**
   * Creates a session for a guest with this name; `name` is normalized as `displayName` says. With `id` (of the current
   * session) it renames the guest; the author stays the same. `secure`: the request came over https. Throws a ZodError
   * if the name is not valid.
   */
  issueGuest(name: string, secure: boolean, id?: string): Issued;

  /** Creates a session for a person. Throws the problem `limit_reached` if the grants are too long for a cookie. */
  issue(person: SignedIn, secure: boolean): Issued;

  /**
   * The identity of a `Cookie` header; undefined for a forged, truncated, too long or expired cookie. Never throws.
   * `secure`: the request came over https, where only the https cookie counts.
   */
  read(cookieHeader: string | undefined, secure: boolean): Identity | undefined;

  /** The `Set-Cookie` value that deletes the session in the browser. */
  clear(secure: boolean): string;
}

/**
 * Creates the sessions for one secret (`SESSION_SECRET`) and one way to sign in; sessions of another `AUTH` mode are
 * invalid. Throws a RangeError if the secret is too short.
 */
export function createSessions(secret: string, mode: string): Sessions {
  const signer = createSigner(secret, `session ${mode}`);
  const verified = new Verified();

  const issue = (content: z.input<typeof stored>, secure: boolean): Issued => {
    const value = signer.seal(content);
    if (value.length > MAX_VALUE_LENGTH) {
      throw new Problem(
        'limit_reached',
        'This many channel patterns do not fit into a cookie. Send the token itself with each request.',
      );
    }
    const { expiresAt } = content;
    const seconds = expiresAt === undefined ? GUEST_SECONDS : Math.ceil((expiresAt - Date.now()) / 1_000);
    const age = Math.max(0, Math.min(seconds, GUEST_SECONDS));
    return {
      identity: identityOf(content),
      cookie: `${nameOf(secure)}=${value}; Max-Age=${age}; ${attributes(secure)}`,
    };
  };

  return {
    issueGuest(name, secure, id = newId()) {
      const author = { id, name: displayName.parse(name) };
      return issue({ author, session: newId(), issuedAt: Date.now() }, secure);
    },

    issue: (person, secure) => issue({ ...person, session: newId() }, secure),

    read(cookieHeader, secure) {
      const value = cookieHeader === undefined ? undefined : cookieValue(cookieHeader, nameOf(secure));
      if (value === undefined || value.length > MAX_VALUE_LENGTH) return undefined;
      const now = Date.now();
      const known = verified.get(value, now);
      if (known !== undefined) return known;
      const found = stored.safeParse(signer.open(value));
      if (!found.success || (found.data.expiresAt ?? now + 1) <= now) return undefined;
      const identity = identityOf(found.data);
      verified.set(value, identity);
      return identity;
    },

    clear: (secure) => `${nameOf(secure)}=; Max-Age=0; ${attributes(secure)}`,
  };
}

/** The content of the cookie. A guest's cookie has no grants: guests have everybody's grants. */
const stored = z.object({
  session: z.string(),
  author,
  issuedAt: z.int(),
  grants: grants.optional(),
  expiresAt: z.int().optional(),
});

function identityOf({ session, author, issuedAt, grants, expiresAt }: z.output<typeof stored>): Identity {
  const kind = grants === undefined ? 'guest' : 'person';
  const identity: Identity = {
    kind,
    author: shownAuthor(author),
    grants: grants ?? EVERYWHERE,
    session,
    issuedAt,
  };
  return Object.freeze(expiresAt === undefined ? identity : { ...identity, expiresAt });
}

const nameOf = (secure: boolean) => (secure ? SECURE_SESSION_COOKIE : SESSION_COOKIE);

const newId = () => randomBytes(ID_BYTES).toString('base64url');

/** 128 bits: ids do not collide by chance. */
const ID_BYTES = 16;

/** Seconds; a guest who returns within a year is the same person. Browsers do not keep cookies much longer. */
const GUEST_SECONDS = 365 * 24 * 60 * 60;

/**
 * Lax: you stay signed in when you follow a link from another site, and writes from another site are sent without the
 * cookie.
 */
const attributes = (secure: boolean) => `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;

/** Characters; browsers keep at most 4,096 bytes of a cookie, including its name and attributes. */
const MAX_VALUE_LENGTH = 3_840;
