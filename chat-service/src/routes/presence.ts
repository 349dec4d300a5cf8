import type { Presence } from '@carillon/presence';
import { Problem } from '@carillon/protocol';
import { createRoute } from '@hono/zod-openapi';
import { type CallerParts, requireReader } from '../caller.ts';
import { channelParams, presenceAnswer } from '../contract.ts';
import { json } from '../openapi/media.ts';
import { problems, READ_PROBLEMS } from '../openapi/problems.ts';
import { type Api, addRoute } from '../openapi/route.ts';
import { CALLER } from '../openapi/security.ts';
import { requireSameOrigin } from '../same-origin.ts';

export interface PresenceRouteParts extends CallerParts {
  presence: Pick<Presence, 'read' | 'type'>;
}

/** `GET /v1/channels/{channel}/presence` (the people on a channel) and `POST …/typing` (the caller is typing). */
export function presenceRoutes(
  api: Api,
  { presence, authenticator, access, limits }: PresenceRouteParts,
): void {
  const read = createRoute({
    method: 'get',
    path: '/v1/channels/{channel}/presence',
    tags: ['channels'],
    summary: 'Who is on a channel',
    security: CALLER,
    request: { params: channelParams },
    responses: {
      200: { description: 'Who is there', content: json(presenceAnswer) },
      ...problems(...READ_PROBLEMS, 'presence_away'),
    },
  });
  addRoute(api, read, async (c, route) => {
    const { channel } = route.params(c);
    await requireReader({ authenticator, access, limits }, c.env.incoming, channel);
    // A channel that nobody reads has nobody.
    return route.answer(200, await presence.read(channel));
  });

  const type = createRoute({
    method: 'post',
    path: '/v1/channels/{channel}/typing',
    tags: ['channels'],
    summary: 'Say that you are typing; readers see it for five seconds, or until your message comes',
    description: 'Say it again every three seconds, for as long as you type. It needs a session or a token.',
    security: CALLER,
    request: { params: channelParams },
    responses: {
      204: { description: 'Readers will see it, unless the node is too busy' },
      ...problems(...READ_PROBLEMS, 'muted', 'archived'),
    },
  });
  addRoute(api, type, async (c, route) => {
    const { headers } = c.env.incoming;
    requireSameOrigin(headers);
    const { channel } = route.params(c);
    const identity = await authenticator.identify(headers);
    await limits.admitCall(c.env.incoming, identity);
    if (identity.kind === 'anonymous') throw new Problem('unauthenticated', 'Take a name, or sign in.');
    await access.require(identity, 'publish', channel);
    presence.type(channel, identity.author);
    return route.answer(204);
  });
}
