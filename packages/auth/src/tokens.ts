import { createHash } from 'node:crypto';
import { type Identity, Problem } from '@carillon/protocol';
import { type CompactVerifyGetKey, errors, type JWTPayload, jwtVerify } from 'jose';
import { z } from 'zod';
import { readClaims } from './claims.ts';
import { type PublishedKeys, publishedKeys } from './jwks.ts';
import { Verified } from './verified.ts';

/** How far the clocks of the one who signs and ours may differ, s: more than NTP leaves, less than a token's life. */
export const CLOCK_SKEW_SECONDS = 30;

/** Bytes; HS256 with a key shorter than its hash could be guessed (RFC 7518, 3.2). */
const MIN_JWT_SECRET_BYTES = 32;

/**
 * What a published key verified is verified anew after this, ms, since keys are withdrawn. Little beside the time after which
 * keys are fetched anew, and once in a minute costs a person nothing.
 */
export const VERIFIED_MS = 60_000;

/** Characters of a token that is looked at: what fits in the headers that the proxy takes. */
const MAX_TOKEN_LENGTH = 7_000;

/** Who may sign, and for whom. */
export interface TokenOptions {
  /** Either the secret that both sides have (HS256) … */
  secret?: string | undefined;
  /** … or where the public keys are (RS256, ES256, EdDSA). Never both: a public key must not be taken for a secret. */
  jwksUrl?: string | undefined;
  /** `iss`, where it is looked at. */
  issuer?: string | undefined;
  /** `aud`, where it is looked at. */
  audience?: string | undefined;
  /** Told where the provider's keys cannot be fetched. */
  onAway?: ((error: unknown) => void) | undefined;
}

/** Tells whose a JWT is (RFC 7519, with the advice of RFC 8725). */
export interface Tokens {
  /** At once where it was verified before. Throws the problem `unauthenticated`, or `identity_away` without the provider's keys. */
  read(token: string): Identity | Promise<Identity>;
}

export function createTokens(options: TokenOptions): Tokens {
  const { keys, algorithms } = keysOf(options);
  // A key that the provider withdraws takes the tokens with it; a secret stays while the process does.
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

/** One family of algorithms for each kind of key, so that no token chooses how it is verified. */
function keysOf({ secret, jwksUrl, onAway }: TokenOptions): { keys: PublishedKeys; algorithms: string[] } {
  if (secret !== undefined && jwksUrl === undefined) {
    const bytes = new TextEncoder().encode(secret);
    if (bytes.length < MIN_JWT_SECRET_BYTES) {
      throw new RangeError(`a secret for HS256 has at least ${MIN_JWT_SECRET_BYTES} bytes`);
    }
    return { keys: { verify: (look) => look(async () => bytes) }, algorithms: ['HS256'] };
  }
  if (jwksUrl !== undefined && secret === undefined) {
    const keys = publishedKeys(jwksUrl, onAway);
    return { keys, algorithms: ['RS256', 'ES256', 'EdDSA'] };
  }
  throw new RangeError('tokens are verified either by a secret or by published keys');
}

/** The last second that a date can have with four digits for its year; what claims more is not a time. */
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
  // Its end is taken at its word: where our clock is ahead, the client brings a new one a little earlier.
  if (exp <= now) throw expired();
  if (iat > now + CLOCK_SKEW_SECONDS) throw notGood();
  const name = createHash('sha256').update(jti === undefined ? token : `${claims.author.id} ${jti}`);
  return Object.freeze({
    kind: 'person',
    author: claims.author,
    grants: claims.grants ?? { subscribe: [], publish: [], moderate: [] },
    session: name.digest('base64url'),
    // Of a token that does not say when it was issued any revocation is taken to be newer.
    issuedAt: Math.floor(iat * 1_000),
    expiresAt: Math.floor(exp * 1_000),
  } satisfies Identity);
}

const notGood = () => new Problem('unauthenticated', 'The token is not good.');
const expired = () => new Problem('unauthenticated', 'The token has expired.');
