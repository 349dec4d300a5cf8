import { author, grants, type Identity } from '@carillon/protocol';
import { z } from 'zod';
import { shownAuthor } from './shown-author.ts';
import { createSigner } from './signed.ts';

/** Tokens by which parts of Carillon that share `SESSION_SECRET` prove to each other who they are. */
export interface ServiceTokens {
  /** A token of that service, for a minute. */
  issue(service: Pick<Identity, 'author' | 'grants'>): string;

  /** Whose a token is; undefined where it is not good (any more). Never throws. */
  read(token: string): Identity | undefined;
}

/** Throws a RangeError where the secret is too short. */
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
      // It is for the next request: a stream that was opened by it may stay.
      return { kind: 'service', author: shownAuthor(found.data.author), grants: found.data.grants };
    },
  };
}

/** No JWT begins so: theirs is base64url of `{"`. */
const PREFIX = 'carillon.';

/** It is made for one request; the clocks of two machines may differ by some seconds. */
const LIFETIME_MS = 60_000;

const stored = z.object({ author, grants, expiresAt: z.int() });
