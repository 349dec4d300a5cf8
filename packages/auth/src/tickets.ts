import { createHash, randomBytes } from 'node:crypto';
import { author, grants, IDENTITY_KINDS, type Identity, Problem } from '@carillon/protocol';
import { z } from 'zod';

/** How long a ticket is valid, ms: it is used by the next request, and a slow phone takes a few seconds. */
export const TICKET_MS = 30_000;

/** The store of tickets by their hash, shared by all nodes. */
export interface TicketStore {
  /** Resolves to false if the person has too many unused tickets. */
  issue(ticket: { hash: string; person: string; identity: string; ms: number }): Promise<boolean>;
  /** The identity stored under the hash; each hash can be redeemed once. */
  redeem(hash: string): Promise<string | undefined>;
}

/** Single-use tickets for streams: EventSource cannot send a token, and a token must not appear in a URL. */
export interface Tickets {
  /**
   * Issues a ticket for one stream of that identity, valid for {@link TICKET_MS}. Throws the problem `unauthenticated`
   * for anonymous callers, `rate_limited` if too many tickets are unused, and what the store throws.
   */
  issue(identity: Identity): Promise<string>;

  /**
   * The identity of a ticket, which becomes invalid. Throws the problem `unauthenticated` if the ticket is invalid or
   * expired.
   */
  redeem(ticket: string): Promise<Identity>;
}

/** Creates the tickets on top of their store. */
export function createTickets(store: TicketStore): Tickets {
  return {
    async issue(identity) {
      if (identity.kind === 'anonymous')
        throw new Problem('unauthenticated', 'Sign in first: anonymous callers cannot get a ticket.');
      const ticket = randomBytes(TICKET_BYTES).toString('base64url');
      const kept = await store.issue({
        hash: hashOf(ticket),
        person: identity.author.id,
        identity: JSON.stringify(identity satisfies z.input<typeof stored>),
        ms: TICKET_MS,
      });
      if (kept) return ticket;
      throw new Problem('rate_limited', 'You have too many unused tickets.', {
        retryAfter: TICKET_MS / 1_000,
      });
    },

    async redeem(ticket) {
      const kept = TICKET.test(ticket) ? await store.redeem(hashOf(ticket)) : undefined;
      const identity = kept === undefined ? undefined : stored.parse(JSON.parse(kept));
      if (identity === undefined || (identity.expiresAt ?? Number.POSITIVE_INFINITY) <= Date.now()) {
        throw new Problem(
          'unauthenticated',
          'The ticket is not valid or no longer valid: a ticket opens one stream, and must be used at once.',
        );
      }
      return identity;
    },
  };
}

/** 256 bits: tickets cannot be guessed. */
const TICKET_BYTES = 32;
const TICKET = /^[\w-]{43}$/;

const hashOf = (ticket: string) => createHash('sha256').update(ticket).digest('hex');

/** An identity as it is stored. */
const stored = z.object({
  kind: z.enum(IDENTITY_KINDS),
  author,
  grants,
  session: z.string().exactOptional(),
  issuedAt: z.int().exactOptional(),
  expiresAt: z.int().exactOptional(),
});
