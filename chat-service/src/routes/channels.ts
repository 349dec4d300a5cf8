import type { ChannelOverview, ChannelSettings, Extent, History, Reader, ReadState } from '@carillon/history';
import type { HttpApp } from '@carillon/http';
import { handlesOf, type Identity, Problem } from '@carillon/protocol';
import { type CallerParts, requireReader } from '../caller.ts';
import { channelParams, channelsQuery, DEFAULT_LIMIT } from '../contract.ts';
import { jsonResponse } from '../json-response.ts';
import { linkHeader } from '../link-header.ts';
import { newRead } from '../read-contract.ts';
import { readableOf, scopeOf } from '../readable.ts';
import { readRequestBody } from '../request-body.ts';
import { requireSameOrigin } from '../same-origin.ts';
import { invalid, parse } from '../validation.ts';

export interface ChannelRouteParts extends CallerParts {
  history: History;
}

/**
 * `GET /v1/channels` and `GET /v1/channels/{channel}`: which channels there are, how far each has come, and how far the caller has
 * read it; `PUT …/read` says the latter.
 */
export function channelRoutes(
  app: HttpApp,
  { history, authenticator, access, limits }: ChannelRouteParts,
): void {
  app.get('/v1/channels', async (c) => {
    const identity = await authenticator.identify(c.env.incoming.headers);
    await limits.admitCall(c.env.incoming, identity);
    // Where nothing is shown, `next` would still name channels.
    await access.admit(identity);
    const { after, limit = DEFAULT_LIMIT } = parse(channelsQuery, c.req.query(), 'query');
    const found = await history.channels(after, limit + 1, scopeOf(identity));
    const page = found.slice(0, limit);
    const last = page.at(-1)?.channel;
    const names = page.map(({ channel }) => channel);
    const readable = await readableOf(access, identity, names);
    const listed = page.filter(({ channel }) => readable.has(channel));
    const overviews = await history.reads.overview([...readable], readerOf(identity));
    const channels = listed.map((each) => ({ ...each, ...shown(overviews.get(each.channel)) }));
    const next = found.length > limit ? `/v1/channels?after=${last}&limit=${limit}` : null;
    return jsonResponse(200, { channels, next }, linkHeader({ next }));
  });

  app.get('/v1/channels/:channel', async (c) => {
    const { channel } = parse(channelParams, c.req.param());
    const identity = await requireReader({ authenticator, access, limits }, c.env.incoming, channel);
    const [extents, settings, overviews] = await Promise.all([
      history.extents([channel]),
      history.access.settings(channel),
      history.reads.overview([channel], readerOf(identity)),
    ]);
    const extent: Extent | undefined = extents.get(channel);
    if (extent === undefined) throw new Problem('not_found', 'Nobody has posted to this channel.');
    const newest = await history.get(channel, extent.head);
    return jsonResponse(200, {
      channel,
      ...extent,
      ...(newest && { lastAt: newest.createdAt }),
      ...settingsShown(settings),
      ...shown(overviews.get(channel)),
    });
  });

  app.put('/v1/channels/:channel/read', async (c) => {
    const { headers } = c.env.incoming;
    requireSameOrigin(headers);
    const identity = await authenticator.identify(headers);
    await limits.admitCall(c.env.incoming, identity);
    const { channel } = parse(channelParams, c.req.param());
    await access.require(identity, 'subscribe', channel);
    const reader = readerOf(identity);
    if (reader === undefined) throw new Problem('unauthenticated', 'Sign in, or take a name.');
    const body = await readRequestBody(c.env.incoming, { text: false });
    const { seq } = parse(newRead, body.kind === 'json' ? body.value : {});
    const marked = await history.reads.mark(reader, channel, seq);
    if (marked.outcome === 'missing') throw new Problem('not_found', 'Nobody has posted to this channel.');
    if (marked.outcome === 'ahead') {
      throw invalid([{ field: 'seq', detail: `must be at most ${marked.head}, the channel's newest` }]);
    }
    const { read, unread, mentions } = marked;
    return jsonResponse(200, { channel, seq: read, unread, mentions });
  });
}

/** Who keeps a place in channels: everybody but those who share one identity. */
function readerOf({ kind, author }: Identity): Reader | undefined {
  if (kind === 'anonymous') return undefined;
  return { id: author.id, handles: handlesOf(author), guest: kind === 'guest' };
}

function settingsShown(settings: ChannelSettings | undefined): Partial<ChannelSettings> {
  if (settings === undefined) return {};
  const { visibility, topic, archived } = settings;
  return { visibility, topic, archived };
}

function shown(overview: ChannelOverview | undefined): Partial<ReadState> & Pick<ChannelOverview, 'last'> {
  return { ...overview?.reader, last: overview?.last };
}
