import type { History, Page } from '@carillon/history';
import { type Identity, Problem } from '@carillon/protocol';
import { createRoute } from '@hono/zod-openapi';
import { type CallerParts, requireReader } from '../caller.ts';
import {
  channelParams,
  DEFAULT_LIMIT,
  messageAnswer,
  messagePage,
  messageParams,
  messagesQuery,
} from '../contract.ts';
import { linkHeader } from '../link-header.ts';
import { eventPage, eventsQuery, pinList } from '../message-contract.ts';
import { json, NEXT_LINK, PAGE_LINKS } from '../openapi/media.ts';
import { problems, READ_PROBLEMS } from '../openapi/problems.ts';
import { type Api, addRoute } from '../openapi/route.ts';
import { CALLER } from '../openapi/security.ts';

export interface MessageRouteParts extends CallerParts {
  history: Pick<History, 'messages' | 'after' | 'extents' | 'pins'>;
}

/** `GET /v1/channels/{channel}/messages`, `…/messages/{seq}`, `…/events` and `…/pins`: messages, the whole log, pinned messages. */
export function messageRoutes(api: Api, { history, ...parts }: MessageRouteParts): void {
  const list = createRoute({
    ...READ,
    path: '/v1/channels/{channel}/messages',
    summary: 'A page of messages, oldest first; the newest page without before and after',
    request: { params: channelParams, query: messagesQuery },
    responses: {
      200: { description: 'A page', content: json(messagePage), headers: PAGE_LINKS },
      ...problems(...READ_PROBLEMS),
    },
  });
  addRoute(api, list, async (c, route) => {
    const { channel, before, after, limit = DEFAULT_LIMIT } = route.input(c);
    const reader = await requireReader(parts, c.env.incoming, channel);
    const page = await history.messages(channel, { before, after, limit, viewer: viewerOf(reader) });
    const { messages, head, earliest } = page;
    const around = neighbours(page, { before, after });
    const path = (where: string) => `/v1/channels/${channel}/messages?${where}&limit=${limit}`;
    const next = around.after === undefined ? null : path(`after=${around.after}`);
    const prev = around.before === undefined ? null : path(`before=${around.before}`);
    const body = { channel, messages, head, earliest, next, prev };
    return route.answer(200, body, linkHeader({ next, prev }));
  });

  const get = createRoute({
    ...READ,
    path: '/v1/channels/{channel}/messages/{seq}',
    summary: 'One message',
    request: { params: messageParams },
    responses: {
      200: { description: 'The message', content: json(messageAnswer) },
      ...problems(...READ_PROBLEMS),
    },
  });
  addRoute(api, get, async (c, route) => {
    const { channel, seq } = route.params(c);
    const reader = await requireReader(parts, c.env.incoming, channel);
    return route.answer(200, await messageNow(history, channel, seq, reader));
  });

  const listPins = createRoute({
    ...READ,
    path: '/v1/channels/{channel}/pins',
    summary: 'The pinned messages of a channel',
    request: { params: channelParams },
    responses: {
      200: { description: 'All of them', content: json(pinList) },
      ...problems(...READ_PROBLEMS),
    },
  });
  addRoute(api, listPins, async (c, route) => {
    const { channel } = route.params(c);
    await requireReader(parts, c.env.incoming, channel);
    return route.answer(200, { channel, pins: await history.pins(channel) });
  });

  const listEvents = createRoute({
    ...READ,
    path: '/v1/channels/{channel}/events',
    summary: 'The log: messages and changes in order of seq, without holes',
    request: { params: channelParams, query: eventsQuery },
    responses: {
      200: { description: 'A page', content: json(eventPage), headers: NEXT_LINK },
      ...problems(...READ_PROBLEMS),
    },
  });
  addRoute(api, listEvents, async (c, route) => {
    const { channel, after = 0, limit = DEFAULT_LIMIT } = route.input(c);
    await requireReader(parts, c.env.incoming, channel);
    const [events, extents] = await Promise.all([
      history.after(channel, after, limit),
      history.extents([channel]),
    ]);
    const extent = extents.get(channel) ?? { head: 0, earliest: 1 };
    const last = events.at(-1)?.seq ?? 0;
    // The page may be newer than the extent: both were read at about the same time.
    const head = Math.max(extent.head, last);
    const next =
      last > 0 && last < head ? `/v1/channels/${channel}/events?after=${last}&limit=${limit}` : null;
    return route.answer(
      200,
      { channel, events, head, earliest: extent.earliest, next },
      linkHeader({ next }),
    );
  });
}

/** The descriptions of these routes share this. */
const READ = { method: 'get' as const, tags: ['messages'], security: CALLER };

/** A message as it is now, with its reactions; throws the problem `not_found`. */
async function messageNow(
  history: Pick<History, 'messages'>,
  channel: string,
  seq: number,
  reader: Identity,
): Promise<Page['messages'][number]> {
  const page = await history.messages(channel, { after: seq - 1, limit: 1, viewer: viewerOf(reader) });
  const [message] = page.messages;
  if (message?.seq === seq) return message;
  throw noSuchMessage();
}

export function noSuchMessage(): Problem {
  return new Problem('not_found', 'This channel has no such message, or no more.');
}

/** Whose own reactions are marked. Anonymous callers share an author and have none. */
function viewerOf({ kind, author }: Identity): string | undefined {
  return kind === 'anonymous' ? undefined : author.id;
}

/** Where the pages beside this one begin; undefined where nothing is. */
function neighbours(
  { messages, head, older, newer }: Page,
  asked: { before: number | undefined; after: number | undefined },
): { after?: number; before?: number } {
  // An empty page lies before the first message or behind the last.
  const empty = asked.after === undefined ? (asked.before ?? head + 1) : Math.min(asked.after, head) + 1;
  const first = messages[0]?.seq ?? empty;
  const last = messages.at(-1)?.seq ?? first - 1;
  return { ...(newer && { after: last }), ...(older && { before: first }) };
}
