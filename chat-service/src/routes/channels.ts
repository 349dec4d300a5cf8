import type { History } from '@carillon/history';
import type { HttpApp } from '@carillon/http';
import { Problem } from '@carillon/protocol';
import { CHECKS_CHANNEL } from '../checks/broadcast.ts';
import { channelParams, channelsQuery, DEFAULT_LIMIT } from '../contract.ts';
import { jsonResponse } from '../json-response.ts';
import { linkHeader } from '../link-header.ts';
import { parse } from '../validation.ts';

/** `GET /v1/channels` and `GET /v1/channels/{channel}`: which channels there are, and how far each has come. */
export function channelRoutes(app: HttpApp, history: History): void {
  app.get('/v1/channels', async (c) => {
    const { after, limit = DEFAULT_LIMIT } = parse(channelsQuery, c.req.query(), 'query');
    const found = await history.channels(after, limit + 1);
    const page = found.slice(0, limit);
    const last = page.at(-1)?.channel;
    const channels = page.filter(({ channel }) => channel !== CHECKS_CHANNEL);
    const next = found.length > limit ? `/v1/channels?after=${last}&limit=${limit}` : null;
    return jsonResponse(200, { channels, next }, linkHeader({ next }));
  });

  app.get('/v1/channels/:channel', async (c) => {
    const { channel } = parse(channelParams, c.req.param());
    const extent = (await history.extents([channel])).get(channel);
    if (extent === undefined) throw new Problem('not_found', 'Nobody has posted to this channel.');
    const newest = await history.get(channel, extent.head);
    return jsonResponse(200, { channel, ...extent, ...(newest && { lastAt: newest.createdAt }) });
  });
}
