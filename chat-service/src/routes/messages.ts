import type { History, Page } from '@carillon/history';
import type { HttpApp } from '@carillon/http';
import { type Identity, Problem } from '@carillon/protocol';
import { type CallerParts, requireReader } from '../caller.ts';
import { channelParams, DEFAULT_LIMIT, messageParams, messagesRequest } from '../contract.ts';
import { jsonResponse } from '../json-response.ts';
import { linkHeader } from '../link-header.ts';
import { eventsRequest } from '../message-contract.ts';
import { parse } from '../validation.ts';

export interface MessageRouteParts extends CallerParts {
  history: Pick<History, 'messages' | 'after' | 'extents' | 'pins'>;
}

/** `GET /v1/channels/{channel}/messages`, `…/messages/{seq}`, `…/events` and `…/pins`: what was said, all that happened, what is pinned. */
export function messageRoutes(app: HttpApp, { history, ...parts }: MessageRouteParts): void {
  app.get('/v1/channels/:channel/messages', async (c) => {
    const query = parse(messagesRequest, { ...c.req.query(), ...c.req.param() });
    const { channel, before, after, limit = DEFAULT_LIMIT } = query;
    const reader = await requireReader(parts, c.env.incoming, channel);
    const page = await history.messages(channel, { before, after, limit, viewer: viewerOf(reader) });
    const { messages, head, earliest } = page;
    const around = neighbours(page, { before, after });
    const path = (where: string) => `/v1/channels/${channel}/messages?${where}&limit=${limit}`;
    const next = around.after === undefined ? null : path(`after=${around.after}`);
    const prev = around.before === undefined ? null : path(`before=${around.before}`);
    const body = { channel, messages, head, earliest, next, prev };
    return jsonResponse(200, body, linkHeader({ next, prev }));
  });

  app.get('/v1/channels/:channel/messages/:seq', async (c) => {
    const { channel, seq } = parse(messageParams, c.req.param());
    const reader = await requireReader(parts, c.env.incoming, channel);
    return jsonResponse(200, await messageNow(history, channel, seq, reader));
  });

  app.get('/v1/channels/:channel/pins', async (c) => {
    const { channel } = parse(channelParams, c.req.param());
    await requireReader(parts, c.env.incoming, channel);
    return jsonResponse(200, { channel, pins: await history.pins(channel) });
  });

  app.get('/v1/channels/:channel/events', async (c) => {
    const {
      channel,
      after = 0,
      limit = DEFAULT_LIMIT,
    } = parse(eventsRequest, { ...c.req.query(), ...c.req.param() });
    await requireReader(parts, c.env.incoming, channel);
    const [events, extents] = await Promise.all([
      history.after(channel, after, limit),
      history.extents([channel]),
    ]);
    const extent = extents.get(channel) ?? { head: 0, earliest: 1 };
    const last = events.at(-1)?.seq ?? 0;
    // Both were read at about the same time: what is on the page is there, whatever the extent says.
    const head = Math.max(extent.head, last);
    const next =
      last > 0 && last < head ? `/v1/channels/${channel}/events?after=${last}&limit=${limit}` : null;
    return jsonResponse(
      200,
      { channel, events, head, earliest: extent.earliest, next },
      linkHeader({ next }),
    );
  });
}

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

/** Whose reactions are theirs. Anonymous callers share an author. */
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
