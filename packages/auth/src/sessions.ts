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

/** By plain http. */
export const SESSION_COOKIE = 'carillon_session';

/** By https. */
export const SECURE_SESSION_COOKIE = onlyByHttps(SESSION_COOKIE);

/** A session, and the value of the `Set-Cookie` header that gives it to a browser. */
export interface Issued {
  identity: Identity;
  cookie: string;
}

/** Who signed in, and for how long. */
export interface SignedIn {
  author: Author;
  grants: Grants;
  /** ms since 1970. Of what vouches for the person: a revocation after it ends the session, too. */
  issuedAt: number;
  /** ms since 1970. */
  expiresAt: number;
}

/**
 * Sessions: who somebody is lies in a cookie that only this secret can sign, so any node can read it. Each has an id of its
 * own, drawn anew at each sign-in, so that nobody can have chosen it before.
 */
export interface Sessions {
  /**
   * A guest of that name; `name` is trimmed as `displayName` says. With `id` (of the session that is there) it is a
   * rename: the author stays the same. Throws a ZodError where the name cannot be one. `secure`: it came by https.
   */
  issueGuest(name: string, secure: boolean, id?: string): Issued;

  /** A session of a person. Throws the problem `limit_reached` where the grants are too long for a cookie. */
  issue(person: SignedIn, secure: boolean): Issued;

  /**
   * Whose a request's `Cookie` header is. What is forged, cut, too long or expired is no session; it never throws. `secure`: it
   * came by https, where only the cookie that is set by https counts.
   */
  read(cookieHeader: string | undefined, secure: boolean): Identity | undefined;

  /** The value of a `Set-Cookie` header that makes a browser forget its session. */
  clear(secure: boolean): string;
}

/**
 * Makes the sessions of one secret (`SESSION_SECRET`) for one way to sign in: with another `AUTH` they are void. Throws a
 * RangeError where the secret is too short.
 */
export function createSessions(secret: string, mode: string): Sessions {
  const signer = createSigner(secret, `session ${mode}`);
  const verified = new Verified();

  const issue = (content: z.input<typeof stored>, secure: boolean): Issued => {
    const value = signer.seal(content);
    if (value.length > MAX_VALUE_LENGTH) {
      throw new Problem(
        'limit_reached',
        'So many channel patterns do not fit into a cookie. Use the token itself.',
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

/** What lies in the cookie. A guest's has no grants: they are those of everybody. */
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

/** 128 bits: nobody meets another's id by chance. */
const ID_BYTES = 16;

/** Seconds; a guest who comes back within a year is the same person. No browser keeps a cookie for much longer. */
const GUEST_SECONDS = 365 * 24 * 60 * 60;

/** Lax: a link from elsewhere finds one signed in, and a write from elsewhere comes without the cookie. */
const attributes = (secure: boolean) => `Path=/; HttpOnly; SameSite=Lax${secure ? '; Secure' : ''}`;

/** Characters; browsers keep at most 4,096 bytes of a cookie, its name and attributes among them. */
const MAX_VALUE_LENGTH = 3_840;
