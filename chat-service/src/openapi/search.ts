import type { OpenAPIHono } from '@hono/zod-openapi';
import { searchAnswer, searchQuery } from '../search-contract.ts';
import { problems } from './problems.ts';
import { CALLER } from './security.ts';

/** Puts the search into the document. */
export function describeSearch(registry: OpenAPIHono['openAPIRegistry']): void {
  registry.registerPath({
    method: 'get',
    path: '/v1/search',
    tags: ['search'],
    summary: 'Messages of the channels that you may read, best first',
    description:
      'Full text, without case and accents. A message is found about a second after it was posted or edited; a deleted one never again.',
    security: CALLER,
    request: { query: searchQuery },
    responses: {
      200: {
        description: 'A page of results',
        content: { 'application/json': { schema: searchAnswer } },
        headers: { Link: { description: 'next (RFC 8288)', schema: { type: 'string' } } },
      },
      ...problems(
        'unauthenticated',
        'forbidden',
        'banned',
        'not_found',
        'invalid',
        'identity_away',
        'history_away',
      ),
    },
  });
}
