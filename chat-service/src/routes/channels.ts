import type { ChannelOverview, ChannelSettings, Extent, History, Reader, ReadState } from '@carillon/history';
import { handlesOf, type Identity, Problem } from '@carillon/protocol';
import { createRoute } from '@hono/zod-openapi';
import { type CallerParts, requireReader } from '../caller.ts';
import { channelAnswer, channelPage, channelParams, channelsQuery, DEFAULT_LIMIT } from '../contract.ts';
import { linkHeader } from '../link-header.ts';
import { json, jsonBody, PAGE_LINKS } from '../openapi/media.ts';
import { BODY_PROBLEMS, problems, READ_PROBLEMS, STORE_PROBLEMS } from '../openapi/problems.ts';
import { type Api, addRoute } from '../openapi/route.ts';
import { CALLER } from '../openapi/security.ts';
import { newRead, readAnswer } from '../read-contract.ts';
import { readableOf, scopeOf } from '../readable.ts';
import { readRequestBody } from '../request-body.ts';
import { requireSameOrigin } from '../same-origin.ts';
import { invalid } from '../validation.ts';

export interface ChannelRouteParts extends CallerParts {
  history: History;
}

/**
 * `GET /v1/channels` and `GET /v1/channels/{channel}`: which channels there are, the head of each, and the caller's read cursor;
 * `PUT …/read` moves that cursor.
 */
export function channelRoutes(api: Api, { history, authenticator, access, limits }: ChannelRouteParts): void {
  const list = createRoute({
    method: 'get',
    path: '/v1/channels',
    tags: ['channels'],
    summary: 'The channels, by name',
    security: CALLER,
    request: { query: channelsQuery },
    responses: {
      200: { description: 'A page', content: json(channelPage), headers: PAGE_LINKS },
      ...problems('unauthenticated', 'banned', 'identity_away', 'invalid', 'history_away'),
    },
  });
  addRoute(api, list, async (c, route) => {
    const identity = await authenticator.identify(c.env.incoming.headers);
    await limits.admitCall(c.env.incoming, identity);
    // Else `next` would name channels to callers that see none.
    await access.admit(identity);
    const { after, limit = DEFAULT_LIMIT } = route.query(c);
    const found = await history.channels(after, limit + 1, scopeOf(identity));
    const page = found.slice(0, limit);
    const last = page.at(-1)?.channel;
    const names = page.map(({ channel }) => channel);
    const readable = await readableOf(access, identity, names);
    const listed = page.filter(({ channel }) => readable.has(channel));
    const overviews = await history.reads.overview([...readable], readerOf(identity));
    const channels = listed.map((each) => ({ ...each, ...shown(overviews.get(each.channel)) }));
    const next = found.length > limit ? `/v1/channels?after=${last}&limit=${limit}` : null;
    return route.answer(200, { channels, next }, linkHeader({ next }));
  });

  const get = createRoute({
    method: 'get',
    path: '/v1/channels/{channel}',
    tags: ['channels'],
    summary: 'A channel: its head, its settings and your read cursor',
    security: CALLER,
    request: { params: channelParams },
    responses: {
      200: { description: 'The channel', content: json(channelAnswer) },
      ...problems(...READ_PROBLEMS),
    },
  });
  addRoute(api, get, async (c, route) => {
    const { channel } = route.params(c);
    const identity = await requireReader({ authenticator, access, limits }, c.env.incoming, channel);
    const [extents, settings, overviews] = await Promise.all([
      history.extents([channel]),
      history.access.settings(channel),
      history.reads.overview([channel], readerOf(identity)),
    ]);
    const extent: Extent | undefined = extents.get(channel);
    if (extent === undefined) throw new Problem('not_found', 'Nobody has posted to this channel.');
    const newest = await history.get(channel, extent.head);
    return route.answer(200, {
      channel,
      ...extent,
      ...(newest && { lastAt: newest.createdAt }),
      ...settingsShown(settings),
      ...shown(overviews.get(channel)),
    });
  });

  const read = createRoute({
    method: 'put',
    path: '/v1/channels/{channel}/read',
    tags: ['channels'],
    summary: 'Move your read cursor; it never moves back',
    security: CALLER,
    request: { params: channelParams, body: jsonBody(newRead) },
    responses: {
      200: {
        description: 'Where your cursor is now, and what is unread after it',
        content: json(readAnswer),
      },
      ...problems(
        ...BODY_PROBLEMS,
        'unauthenticated',
        'forbidden',
        'banned',
        'not_found',
        'invalid',
        'identity_away',
        ...STORE_PROBLEMS,
      ),
    },
  });
  addRoute(api, read, async (c, route) => {
    const { headers } = c.env.incoming;
    requireSameOrigin(headers);
    const identity = await authenticator.identify(headers);
    await limits.admitCall(c.env.incoming, identity);
    const { channel } = route.params(c);
    await access.require(identity, 'subscribe', channel);
    const reader = readerOf(identity);
    if (reader === undefined) throw new Problem('unauthenticated', 'Sign in, or take a name.');
    const body = await readRequestBody(c.env.incoming, { text: false });
    const { seq } = route.body(body.kind === 'json' ? body.value : {});
    const marked = await history.reads.mark(reader, channel, seq);
    if (marked.outcome === 'missing') throw new Problem('not_found', 'Nobody has posted to this channel.');
    if (marked.outcome === 'ahead') {
      throw invalid([{ field: 'seq', detail: `must be at most ${marked.head}, the channel's newest` }]);
    }
    return route.answer(200, { channel, seq: marked.read, unread: marked.unread, mentions: marked.mentions });
  });
}

/** Whose read cursor it is. Anonymous callers share an identity and have none. */
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
