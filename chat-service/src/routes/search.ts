import type { Access } from '@carillon/access';
import type { Authenticator } from '@carillon/auth';
import {
  readQuery,
  type Search,
  type SearchHit,
  type SearchQuery,
  UnsearchableQuery,
} from '@carillon/history';
import { createRoute } from '@hono/zod-openapi';
import { linkHeader } from '../link-header.ts';
import { json, NEXT_LINK } from '../openapi/media.ts';
import { problems, READ_PROBLEMS } from '../openapi/problems.ts';
import { type Api, addRoute } from '../openapi/route.ts';
import { CALLER } from '../openapi/security.ts';
import { readableOf, scopeOf } from '../readable.ts';
import type { RequestLimits } from '../request-limits.ts';
import { DEFAULT_RESULTS, formatSearchCursor, searchAnswer, searchQuery } from '../search-contract.ts';
import { createSearchGate } from '../search-gate.ts';
import { invalid } from '../validation.ts';

export interface SearchRouteParts {
  search: Pick<Search, 'find'>;
  authenticator: Authenticator;
  access: Access;
  limits: RequestLimits;
}

/** `GET /v1/search`: messages of the channels that the caller may read. */
export function searchRoutes(api: Api, { search, authenticator, access, limits }: SearchRouteParts): void {
  const gate = createSearchGate();

  const find = createRoute({
    method: 'get',
    path: '/v1/search',
    tags: ['search'],
    summary: 'Messages of the channels that you may read, best first',
    description:
      'Full text, without case and accents. A message is found about a second after it was posted or edited; a deleted one never again.',
    security: CALLER,
    request: { query: searchQuery },
    responses: {
      200: { description: 'A page of results', content: json(searchAnswer), headers: NEXT_LINK },
      ...problems(...READ_PROBLEMS),
    },
  });
  addRoute(api, find, async (c, route) => {
    const identity = await authenticator.identify(c.env.incoming.headers);
    await limits.admitCall(c.env.incoming, identity);
    await access.admit(identity);
    const asked = c.req.query();
    const { q, limit = DEFAULT_RESULTS, ...where } = route.query(c);
    const query = searchable(q);
    if (where.channel !== undefined) await access.require(identity, 'subscribe', where.channel);
    const { hits, next } = await gate.take(identity, () =>
      search.find({ ...where, query, limit, scope: scopeOf(identity) }),
    );
    // A ban or a removal of a moment ago is known to access, and not in the store's query.
    const readable = await readableOf(
      access,
      identity,
      hits.map(({ message }) => message.channel),
    );
    const results = hits.filter(({ message }) => readable.has(message.channel)).map(resultOf);
    const path = next && searchPath({ ...asked, cursor: formatSearchCursor(next) });
    return route.answer(200, { results, next: path ?? null }, linkHeader({ next: path ?? null }));
  });
}

function searchable(q: string): SearchQuery {
  try {
    return readQuery(q);
  } catch (error) {
    if (error instanceof UnsearchableQuery) throw invalid([{ field: 'q', detail: error.message }]);
    throw error;
  }
}

const PARAMETERS = ['q', 'channel', 'author', 'before', 'limit', 'cursor'] as const;

function searchPath(asked: Record<string, string>): string {
  const parameters = new URLSearchParams();
  for (const name of PARAMETERS) if (asked[name] !== undefined) parameters.set(name, asked[name]);
  return `/v1/search?${parameters}`;
}

function resultOf({ message, excerpt }: SearchHit) {
  const { channel, seq, author, createdAt, editedAt, replyTo } = message;
  return {
    ...{ channel, seq, author, createdAt },
    ...(editedAt !== undefined && { editedAt }),
    ...(replyTo !== undefined && { replyTo }),
    excerpt,
  };
}
