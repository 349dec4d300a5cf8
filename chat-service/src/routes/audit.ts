import type { ChannelAccess } from '@carillon/history';
import { createRoute } from '@hono/zod-openapi';
import { type CallerParts, requireCaller } from '../caller.ts';
import { DEFAULT_LIMIT } from '../contract.ts';
import { linkHeader } from '../link-header.ts';
import { auditPage, auditQuery } from '../moderation-contract.ts';
import { json, NEXT_LINK } from '../openapi/media.ts';
import { CALL_PROBLEMS, problems } from '../openapi/problems.ts';
import { type Api, addRoute } from '../openapi/route.ts';
import { IDENTIFIED } from '../openapi/security.ts';
import { requireModerator } from './moderation.ts';

/** `GET /v1/audit`: what moderators and owners did on a channel, for its moderators. Moderators of everything see all of it. */
export function auditRoutes(api: Api, { store, ...parts }: CallerParts & { store: ChannelAccess }): void {
  const list = createRoute({
    method: 'get',
    path: '/v1/audit',
    tags: ['moderation'],
    security: IDENTIFIED,
    summary: 'What moderators and owners did, newest first',
    request: { query: auditQuery },
    responses: {
      200: { description: 'A page', content: json(auditPage), headers: NEXT_LINK },
      ...problems('not_found', ...CALL_PROBLEMS),
    },
  });
  addRoute(api, list, async (c, route) => {
    const identity = await requireCaller(parts, c.env.incoming);
    const { channel, before, limit = DEFAULT_LIMIT } = route.query(c);
    await requireModerator(parts, identity, channel);
    const found = await store.audit(channel, before, limit + 1);
    const lines = found.slice(0, limit);
    const of = channel === undefined ? '' : `channel=${channel}&`;
    const next = found.length > limit ? `/v1/audit?${of}before=${lines.at(-1)?.id}&limit=${limit}` : null;
    return route.answer(200, { lines, next }, linkHeader({ next }));
  });
}
