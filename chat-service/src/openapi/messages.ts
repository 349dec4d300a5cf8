import type { OpenAPIHono } from '@hono/zod-openapi';
import { channelParams } from '../contract.ts';
import { eventPage, eventsQuery } from '../message-contract.ts';
import { problems } from './problems.ts';

type Registry = OpenAPIHono['openAPIRegistry'];

const pageLinks = { Link: { description: 'next (RFC 8288)', schema: { type: 'string' as const } } };

/** Puts the calls of a channel's log into the document. */
export function describeMessages(registry: Registry): void {
  registry.registerPath({
    method: 'get',
    path: '/v1/channels/{channel}/events',
    tags: ['messages'],
    summary: 'The log: messages and changes in order of seq, without holes',
    security: [{ session: [] }, {}],
    request: { params: channelParams, query: eventsQuery },
    responses: {
      200: {
        description: 'A page',
        content: { 'application/json': { schema: eventPage } },
        headers: pageLinks,
      },
      ...problems(
        'unauthenticated',
        'forbidden',
        'banned',
        'identity_away',
        'not_found',
        'invalid',
        'history_away',
      ),
    },
  });
}
