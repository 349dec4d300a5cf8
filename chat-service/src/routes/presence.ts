import type { HttpApp } from '@carillon/http';
import type { Presence } from '@carillon/presence';
import { channelParams } from '../contract.ts';
import { jsonResponse } from '../json-response.ts';
import { parse } from '../validation.ts';

/** `GET /v1/channels/{channel}/presence`: who is there. A channel that nobody reads has nobody. */
export function presenceRoutes(app: HttpApp, presence: Pick<Presence, 'read'>): void {
  app.get('/v1/channels/:channel/presence', async (c) => {
    const { channel } = parse(channelParams, c.req.param());
    return jsonResponse(200, await presence.read(channel));
  });
}
