import { randomBytes } from 'node:crypto';
import { MAX_WEBHOOKS_PER_CHANNEL, TooManyWebhooks, type Webhooks } from '@carillon/history';
import type { HttpApp } from '@carillon/http';
import { Problem } from '@carillon/protocol';
import { type JobParts, requireAdmin } from '../admin-only.ts';
import { channelParams } from '../contract.ts';
import { jsonResponse } from '../json-response.ts';
import { readRequestBody } from '../request-body.ts';
import { parse } from '../validation.ts';
import { newWebhook, webhookParams } from '../webhook-contract.ts';

export interface WebhookRouteParts extends JobParts {
  webhooks: Webhooks;
}

/** Standard Webhooks: 24 to 64 bytes. */
const SECRET_BYTES = 32;

const NONE = 'This channel has no such webhook.';

/** `/v1/channels/{channel}/webhooks`: where a channel's messages are posted to, by the worker. */
export function webhookRoutes(app: HttpApp, { webhooks, ...parts }: WebhookRouteParts): void {
  const path = '/v1/channels/:channel/webhooks';

  app.post(path, async (c) => {
    const jobs = requireAdmin(parts, c.env.incoming.headers);
    const { channel } = parse(channelParams, c.req.param());
    const body = await readRequestBody(c.env.incoming, { text: false });
    const { url, from } = parse(newWebhook, body.kind === 'json' ? body.value : {});
    const id = randomBytes(16).toString('hex');
    const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
    const webhook = await webhooks.create({ id, channel, url, secret, from }).catch((error: unknown) => {
      if (!(error instanceof TooManyWebhooks)) throw error;
      throw new Problem('limit_reached', `A channel has at most ${MAX_WEBHOOKS_PER_CHANNEL} webhooks.`);
    });
    // With the queue away the worker finds it by itself, a little later.
    if (from === 'earliest') await jobs.deliver(id).catch(() => {});
    return jsonResponse(201, { ...webhook, secret }, { Location: `/v1/channels/${channel}/webhooks/${id}` });
  });

  app.get(path, async (c) => {
    requireAdmin(parts, c.env.incoming.headers);
    const { channel } = parse(channelParams, c.req.param());
    return jsonResponse(200, { webhooks: await webhooks.list(channel) });
  });

  app.get(`${path}/:id`, async (c) => {
    requireAdmin(parts, c.env.incoming.headers);
    const { channel, id } = parse(webhookParams, c.req.param());
    const webhook = await webhooks.get(channel, id);
    if (webhook === undefined) throw new Problem('not_found', NONE);
    return jsonResponse(200, webhook);
  });

  app.delete(`${path}/:id`, async (c) => {
    requireAdmin(parts, c.env.incoming.headers);
    const { channel, id } = parse(webhookParams, c.req.param());
    if (!(await webhooks.delete(channel, id))) throw new Problem('not_found', NONE);
    return new Response(null, { status: 204 });
  });

  app.post(`${path}/:id/resume`, async (c) => {
    const jobs = requireAdmin(parts, c.env.incoming.headers);
    const { channel, id } = parse(webhookParams, c.req.param());
    const webhook = await webhooks.resume(channel, id);
    if (webhook === undefined) throw new Problem('not_found', NONE);
    await jobs.deliver(id).catch(() => {});
    return jsonResponse(200, webhook);
  });
}
