import type { Access } from '@carillon/access';
import type { Authenticator } from '@carillon/auth';
import type { HttpApp } from '@carillon/http';
import type { Presence } from '@carillon/presence';
import { Problem } from '@carillon/protocol';
import { channelParams } from '../contract.ts';
import { jsonResponse } from '../json-response.ts';
import type { AdmitCall } from '../post-limit.ts';
import { requireSameOrigin } from '../same-origin.ts';
import { parse } from '../validation.ts';

export interface PresenceRouteParts {
  presence: Pick<Presence, 'read' | 'type'>;
  authenticator: Authenticator;
  access: Access;
  admitCall: AdmitCall | undefined;
}

/** `GET /v1/channels/{channel}/presence` (who is there) and `POST …/typing` (the caller types there). */
export function presenceRoutes(
  app: HttpApp,
  { presence, authenticator, access, admitCall }: PresenceRouteParts,
): void {
  app.get('/v1/channels/:channel/presence', async (c) => {
    const { channel } = parse(channelParams, c.req.param());
    await access.require(await authenticator.identify(c.env.incoming.headers), 'subscribe', channel);
    // A channel that nobody reads has nobody.
    return jsonResponse(200, await presence.read(channel));
  });

  app.post('/v1/channels/:channel/typing', async (c) => {
    const { headers } = c.env.incoming;
    requireSameOrigin(headers);
    const { channel } = parse(channelParams, c.req.param());
    const identity = await authenticator.identify(headers);
    await admitCall?.(c.env.incoming, identity);
    if (identity.kind === 'anonymous') throw new Problem('unauthenticated', 'Take a name, or sign in.');
    await access.require(identity, 'publish', channel);
    presence.type(channel, identity.author);
    return c.body(null, 204);
  });
}
