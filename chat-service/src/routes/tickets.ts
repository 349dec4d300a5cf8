import type { Access } from '@carillon/access';
import { type Authenticator, TICKET_MS, type Tickets } from '@carillon/auth';
import { createRoute } from '@hono/zod-openapi';
import { json } from '../openapi/media.ts';
import { problems, STORE_PROBLEMS } from '../openapi/problems.ts';
import { type Api, addRoute } from '../openapi/route.ts';
import { CALLER } from '../openapi/security.ts';
import type { RequestLimits } from '../request-limits.ts';
import { requireSameOrigin } from '../same-origin.ts';
import { ticketAnswer } from '../session-contract.ts';

export interface TicketRouteParts {
  tickets: Tickets;
  authenticator: Authenticator;
  access: Access;
  limits: RequestLimits;
}

/** `POST /v1/tickets`: a ticket for one stream of the caller. */
export function ticketRoutes(api: Api, { tickets, authenticator, access, limits }: TicketRouteParts): void {
  const issue = createRoute({
    method: 'post',
    path: '/v1/tickets',
    tags: ['session'],
    summary:
      'A ticket for one stream, for clients that cannot send a token (EventSource); valid once, within 30 s',
    security: CALLER,
    responses: {
      201: { description: 'The ticket', content: json(ticketAnswer) },
      ...problems(
        'unauthenticated',
        'forbidden',
        'banned',
        'rate_limited',
        ...STORE_PROBLEMS,
        'identity_away',
      ),
    },
  });
  addRoute(api, issue, async (c, route) => {
    const { headers } = c.env.incoming;
    requireSameOrigin(headers);
    const identity = await authenticator.identify(headers);
    await limits.admitCall(c.env.incoming, identity);
    await access.admit(identity);
    const ticket = await tickets.issue(identity);
    const expiresAt = new Date(Date.now() + TICKET_MS).toISOString();
    return route.answer(201, { ticket, expiresAt });
  });
}
