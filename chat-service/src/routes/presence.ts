import type { HttpApp } from '@carillon/http';
import type { Presence } from '@carillon/presence';
import { Problem } from '@carillon/protocol';
import { type CallerParts, requireReader } from '../caller.ts';
import { channelParams } from '../contract.ts';
import { jsonResponse } from '../json-response.ts';
import { requireSameOrigin } from '../same-origin.ts';
import { parse } from '../validation.ts';

export interface PresenceRouteParts extends CallerParts {
  presence: Pick<Presence, 'read' | 'type'>;
}

/** `GET /v1/channels/{channel}/presence` (who is there) and `POST …/typing` (the caller types there). */
export function presenceRoutes(
  app: HttpApp,
  { presence, authenticator, access, limits }: PresenceRouteParts,
): void {
  app.get('/v1/channels/:channel/presence', async (c) => {
    const { channel } = parse(channelParams, c.req.param());
    await requireReader({ authenticator, access, limits }, c.env.incoming, channel);
    // A channel that nobody reads has nobody.
    return jsonResponse(200, await presence.read(channel));
  });

  app.post('/v1/channels/:channel/typing', async (c) => {
    const { headers } = c.env.incoming;
    requireSameOrigin(headers);
    const { channel } = parse(channelParams, c.req.param());
    const identity = await authenticator.identify(headers);
    await limits.admitCall(c.env.incoming, identity);
    if (identity.kind === 'anonymous') throw new Problem('unauthenticated', 'Take a name, or sign in.');
    await access.require(identity, 'publish', channel);
    presence.type(channel, identity.author);
    return c.body(null, 204);
  });
}
