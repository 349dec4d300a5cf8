import { author, grants, type Identity } from '@carillon/protocol';
import { z } from 'zod';
import { shownAuthor } from './shown-author.ts';
import { createSigner } from './signed.ts';

/** Tokens by which Carillon's services that share `SESSION_SECRET` identify themselves to each other. */
export interface ServiceTokens {
  /** A token of that service, valid for a minute. */
  issue(service: Pick<Identity, 'author' | 'grants'>): string;

  /** The identity of a token; undefined if it is invalid or expired. Never throws. */
  read(token: string): Identity | undefined;
}

/** Creates the tokens between services from the secret that they share. Throws a RangeError if it is too short. */
export function createServiceTokens(secret: string): ServiceTokens {
  const signer = createSigner(secret, 'service');
  return {
    issue: ({ author, grants }) => {
      const expiresAt = Date.now() + LIFETIME_MS;
      return PREFIX + signer.seal({ author, grants, expiresAt } satisfies z.input<typeof stored>);
    },
    read(token) {
      if (!token.startsWith(PREFIX)) return undefined;
      const found = stored.safeParse(signer.open(token.slice(PREFIX.length)));
      if (!found.success || found.data.expiresAt <= Date.now()) return undefined;
      // The token covers the next request only: a stream opened with it may stay open.
      return { kind: 'service', author: shownAuthor(found.data.author), grants: found.data.grants };
    },
  };
}

/** No JWT starts like this: JWTs start with the base64url of `{"`. */
const PREFIX = 'carillon.';

/** A token is used for one request; the clocks of two machines may differ by seconds. */
const LIFETIME_MS = 60_000;

const stored = z.object({ author, grants, expiresAt: z.int() });
