import { createHash } from 'node:crypto';
import { type Identity, Problem } from '@carillon/protocol';
import { type CompactVerifyGetKey, errors, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import { readClaims } from './claims.ts';
import { type PublishedKeys, publishedKeys } from './jwks.ts';
import { Verified } from './verified.ts';

/** Allowed difference between the signer's clock and ours, s: more than NTP leaves, less than a token's lifetime. */
export const CLOCK_SKEW_SECONDS = 30;

/** Bytes; an HS256 key shorter than its hash could be guessed (RFC 7518, 3.2). */
const MIN_JWT_SECRET_BYTES = 32;

/**
 * A token verified by a published key is verified again after this, ms, because keys are withdrawn. Short compared with
 * the refresh interval of the keys, and once a minute costs a person nothing.
 */
export const VERIFIED_MS = 60_000;

/** Longest token that is examined, in characters: what fits into the headers that the proxy accepts. */
const MAX_TOKEN_LENGTH = 7_000;

/** Which issuer may sign, and for which audience. */
export interface TokenOptions {
  /** Either the shared secret (HS256) … */
  secret?: string | undefined;
  /** … or the URL of the public keys (RS256, ES256, EdDSA). Never both: a public key must not be used as a secret. */
  jwksUrl?: string | undefined;
  /** The expected `iss`; not checked if undefined. */
  issuer?: string | undefined;
  /** The expected `aud`; not checked if undefined. */
  audience?: string | undefined;
  /** Called if the provider's keys cannot be fetched. */
  onAway?: ((error: unknown) => void) | undefined;
}

/** Verifies JWTs and returns their identity (RFC 7519, with the advice of RFC 8725). */
export interface Tokens {
  /**
   * The identity of a token; without a promise if it was verified before. Throws the problem `unauthenticated`, or
   * `identity_away` without the provider's keys.
   */
  read(token: string): Identity | Promise<Identity>;
}

/**
 * Creates the verification of tokens. Throws a RangeError if the secret is too short, or if not exactly one of secret
 * and key URL is given.
 */
export function createTokens(options: TokenOptions): Tokens {
  const { keys, algorithms } = keysOf(options);
  // A withdrawn key invalidates its tokens; a secret stays for the life of the process.
  const verified = new Verified(options.jwksUrl === undefined ? undefined : VERIFIED_MS);

  const verify = async (token: string): Promise<Identity> => {
    const look = (key: CompactVerifyGetKey) =>
      jwtVerify(token, key, {
        algorithms,
        ...(options.issuer !== undefined && { issuer: options.issuer }),
        ...(options.audience !== undefined && { audience: options.audience }),
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCK_SKEW_SECONDS,
      });
    const { payload } = await keys.verify(look).catch((error: unknown) => {
      if (error instanceof Problem) throw error;
      throw error instanceof errors.JWTExpired ? expired() : notGood();
    });
    const identity = identityOf(token, payload);
    verified.set(token, identity);
    return identity;
  };

  return {
    read(token) {
      const known = verified.get(token);
      if (known !== undefined) return known;
      if (token.length > MAX_TOKEN_LENGTH) throw notGood();
      return verify(token);
    },
  };
}

/** One family of algorithms per kind of key, so that a token cannot choose how it is verified. */
function keysOf({ secret, jwksUrl, onAway }: TokenOptions): { keys: PublishedKeys; algorithms: string[] } {
  if (secret !== undefined && jwksUrl === undefined) {
    const bytes = new TextEncoder().encode(secret);
    if (bytes.length < MIN_JWT_SECRET_BYTES) {
      throw new RangeError(`a secret for HS256 needs at least ${MIN_JWT_SECRET_BYTES} bytes`);
    }
    return { keys: { verify: (look) => look(async () => bytes) }, algorithms: ['HS256'] };
  }
  if (jwksUrl !== undefined && secret === undefined) {
    const keys = publishedKeys(jwksUrl, onAway);
    return { keys, algorithms: ['RS256', 'ES256', 'EdDSA'] };
  }
  throw new RangeError('tokens need either a secret or published keys, not both');
}

/** The last second whose year has four digits; a larger claim is not a time. */
const LAST_SECOND = 253_402_300_799;

const time = z.number().min(0).max(LAST_SECOND);
const times = z.object({
  exp: time,
  iat: time.default(0),
  jti: z.string().min(1).max(MAX_TOKEN_LENGTH).optional(),
});

function identityOf(token: string, payload: JWTPayload): Identity {
  const claims = readClaims(payload);
  const read = times.safeParse(payload);
  if (claims === undefined || !read.success) throw notGood();
  const { exp, iat, jti } = read.data;
  const now = Date.now() / 1_000;
  // The expiry is taken literally: if our clock is ahead, the client renews its token a little early.
  if (exp <= now) throw expired();
  if (iat > now + CLOCK_SKEW_SECONDS) throw notGood();
  const name = createHash('sha256').update(jti === undefined ? token : `${claims.author.id} ${jti}`);
  return Object.freeze({
    kind: 'person',
    author: claims.author,
    grants: claims.grants ?? { subscribe: [], publish: [], moderate: [] },
    session: name.digest('base64url'),
    // Without an issue time, every revocation counts as newer than the token.
    issuedAt: Math.floor(iat * 1_000),
    expiresAt: Math.floor(exp * 1_000),
  } satisfies Identity);
}

const notGood = () => new Problem('unauthenticated', 'The token is not valid.');
const expired = () => new Problem('unauthenticated', 'The token has expired.');
