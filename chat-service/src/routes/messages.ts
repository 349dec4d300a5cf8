import type { History } from '@carillon/history';
import type { HttpApp } from '@carillon/http';
import { isMessage, type Message, Problem } from '@carillon/protocol';
import { DEFAULT_LIMIT, messageParams, messagesRequest } from '../contract.ts';
import { jsonResponse } from '../json-response.ts';
import { linkHeader } from '../link-header.ts';
import { parse } from '../validation.ts';

/** `GET /v1/channels/{channel}/messages` and `…/messages/{seq}`: what was said. */
export function messageRoutes(app: HttpApp, history: History): void {
  app.get('/v1/channels/:channel/messages', async (c) => {
    const query = parse(messagesRequest, { ...c.req.query(), ...c.req.param() });
    const { channel, before, after, limit = DEFAULT_LIMIT } = query;
    const [events, extents] = await Promise.all([
      after === undefined ? history.before(channel, before, limit) : history.after(channel, after, limit),
      history.extents([channel]),
    ]);
    const messages = events.filter(isMessage);
    const { head, earliest } = extents.get(channel) ?? { head: 0, earliest: 1 };
    // Both were read at about the same time: what is on the page is there, whatever the extent says.
    const extent = { head: Math.max(head, messages.at(-1)?.seq ?? 0), earliest };
    const around = neighbours(extent, messages, { before, after });
    const path = (where: string) => `/v1/channels/${channel}/messages?${where}&limit=${limit}`;
    const next = around.after === undefined ? null : path(`after=${around.after}`);
    const prev = around.before === undefined ? null : path(`before=${around.before}`);
    return jsonResponse(200, { channel, messages, ...extent, next, prev }, linkHeader({ next, prev }));
  });

  app.get('/v1/channels/:channel/messages/:seq', async (c) => {
    const { channel, seq } = parse(messageParams, c.req.param());
    const message = await history.get(channel, seq);
    if (message === undefined || !isMessage(message))
      throw new Problem('not_found', 'This channel has no such message, or no more.');
    return jsonResponse(200, message);
  });
}

/** Where the pages beside this one begin; undefined where nothing is. */
function neighbours(
  { head, earliest }: { head: number; earliest: number },
  messages: readonly Message[],
  asked: { before: number | undefined; after: number | undefined },
): { after?: number; before?: number } {
  // An empty page lies before the first event or behind the last.
  const first = messages[0]?.seq ?? (asked.before === undefined ? head + 1 : earliest);
  const last = messages.at(-1)?.seq ?? first - 1;
  return {
    ...(last < head && { after: last }),
    ...(first > earliest && { before: first }),
  };
}
