import { createHash, randomBytes } from 'node:crypto';
import { author, grants, IDENTITY_KINDS, type Identity, Problem } from '@carillon/protocol';
import { z } from 'zod';

/** A ticket is used by the request that comes next: after this it is void, ms. A slow phone takes some seconds. */
export const TICKET_MS = 30_000;

/** Where tickets are kept by their hash, the same for all nodes. */
export interface TicketStore {
  /** False where the person has too many unused. */
  issue(ticket: { hash: string; person: string; identity: string; ms: number }): Promise<boolean>;
  /** What was kept under the hash, once. */
  redeem(hash: string): Promise<string | undefined>;
}

/** Single-use tickets for streams: EventSource cannot send a token, and a token must not stand in a URL. */
export interface Tickets {
  /**
   * A ticket for one stream of that identity, within {@link TICKET_MS}. Throws the problem `unauthenticated` for the anonymous,
   * `rate_limited` where too many are unused, and what the store throws.
   */
  issue(identity: Identity): Promise<string>;

  /** Who a ticket is of; it is void from then on. Throws the problem `unauthenticated` where it is not good (any more). */
  redeem(ticket: string): Promise<Identity>;
}

export function createTickets(store: TicketStore): Tickets {
  return {
    async issue(identity) {
      if (identity.kind === 'anonymous')
        throw new Problem('unauthenticated', 'A ticket is for who is known.');
      const ticket = randomBytes(TICKET_BYTES).toString('base64url');
      const kept = await store.issue({
        hash: hashOf(ticket),
        person: identity.author.id,
        identity: JSON.stringify(identity satisfies z.input<typeof stored>),
        ms: TICKET_MS,
      });
      if (kept) return ticket;
      throw new Problem('rate_limited', 'Too many tickets are unused.', { retryAfter: TICKET_MS / 1_000 });
    },

    async redeem(ticket) {
      const kept = TICKET.test(ticket) ? await store.redeem(hashOf(ticket)) : undefined;
      const identity = kept === undefined ? undefined : stored.parse(JSON.parse(kept));
      if (identity === undefined || (identity.expiresAt ?? Number.POSITIVE_INFINITY) <= Date.now()) {
        throw new Problem(
          'unauthenticated',
          'The ticket is not good (any more): it is for one stream, at once.',
        );
      }
      return identity;
    },
  };
}

/** 256 bits: nobody finds one. */
const TICKET_BYTES = 32;
const TICKET = /^[\w-]{43}$/;

const hashOf = (ticket: string) => createHash('sha256').update(ticket).digest('hex');

/** An identity as it is kept. */
const stored = z.object({
  kind: z.enum(IDENTITY_KINDS),
  author,
  grants,
  session: z.string().exactOptional(),
  issuedAt: z.int().exactOptional(),
  expiresAt: z.int().exactOptional(),
});
