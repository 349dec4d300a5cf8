import type { ChannelAccess } from '@carillon/history';
import type { HttpApp } from '@carillon/http';
import { type CallerParts, requireCaller } from '../caller.ts';
import { DEFAULT_LIMIT } from '../contract.ts';
import { jsonResponse } from '../json-response.ts';
import { linkHeader } from '../link-header.ts';
import { auditQuery } from '../moderation-contract.ts';
import { parse } from '../validation.ts';
import { requireModerator } from './moderation.ts';

/** `GET /v1/audit`: what moderators and owners did on a channel, for its moderators; all of it for who moderates everything. */
export function auditRoutes(app: HttpApp, { store, ...parts }: CallerParts & { store: ChannelAccess }): void {
  app.get('/v1/audit', async (c) => {
    const identity = await requireCaller(parts, c.env.incoming);
    const { channel, before, limit = DEFAULT_LIMIT } = parse(auditQuery, c.req.query(), 'query');
    await requireModerator(parts, identity, channel);
    const found = await store.audit(channel, before, limit + 1);
    const lines = found.slice(0, limit);
    const of = channel === undefined ? '' : `channel=${channel}&`;
    const next = found.length > limit ? `/v1/audit?${of}before=${lines.at(-1)?.id}&limit=${limit}` : null;
    return jsonResponse(200, { lines, next }, linkHeader({ next }));
  });
}
