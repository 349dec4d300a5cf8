import type { Access } from '@carillon/access';
import { type Authenticator, TICKET_MS, type Tickets } from '@carillon/auth';
import type { HttpApp } from '@carillon/http';
import type { z } from 'zod';
import { jsonResponse } from '../json-response.ts';
import type { RequestLimits } from '../request-limits.ts';
import { requireSameOrigin } from '../same-origin.ts';
import type { ticketAnswer } from '../session-contract.ts';

export interface TicketRouteParts {
  tickets: Tickets;
  authenticator: Authenticator;
  access: Access;
  limits: RequestLimits;
}

/** `POST /v1/tickets`: a ticket for one stream of the caller. */
export function ticketRoutes(
  app: HttpApp,
  { tickets, authenticator, access, limits }: TicketRouteParts,
): void {
  app.post('/v1/tickets', async (c) => {
    const { headers } = c.env.incoming;
    requireSameOrigin(headers);
    const identity = await authenticator.identify(headers);
    await limits.admitCall(c.env.incoming, identity);
    await access.admit(identity);
    const ticket = await tickets.issue(identity);
    const expiresAt = new Date(Date.now() + TICKET_MS).toISOString();
    return jsonResponse(201, { ticket, expiresAt } satisfies z.input<typeof ticketAnswer>);
  });
}
