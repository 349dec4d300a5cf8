import { randomBytes } from 'node:crypto';
import { MAX_WEBHOOKS_PER_CHANNEL, TooManyWebhooks, type Webhooks } from '@carillon/history';
import { Problem } from '@carillon/protocol';
import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import { type JobParts, requireAdmin } from '../admin-only.ts';
import { channelParams } from '../contract.ts';
import { header, json, jsonBody } from '../openapi/media.ts';
import { BODY_PROBLEMS, problems, STORE_PROBLEMS } from '../openapi/problems.ts';
import { type Api, addRoute } from '../openapi/route.ts';
import { ADMIN } from '../openapi/security.ts';
import { readRequestBody } from '../request-body.ts';
import {
  createdWebhook,
  newWebhook,
  webhookAnswer,
  webhookEvent,
  webhookList,
  webhookParams,
} from '../webhook-contract.ts';

export interface WebhookRouteParts extends JobParts {
  webhooks: Webhooks;
}

/** Standard Webhooks: 24 to 64 bytes. */
const SECRET_BYTES = 32;

const NONE = 'This channel has no such webhook.';

/** Any of these calls can answer these. */
const ALWAYS = ['not_configured', 'invalid'] as const;

/** `/v1/channels/{channel}/webhooks`: where a channel's messages are posted to, by the worker. */
export function webhookRoutes(api: Api, { webhooks, ...parts }: WebhookRouteParts): void {
  const path = '/v1/channels/{channel}/webhooks';
  const described = { tags: ['webhooks'], security: ADMIN };

  const create = createRoute({
    ...described,
    method: 'post',
    path,
    summary: "Create a webhook: a channel's messages are posted to a URL",
    request: { params: channelParams, body: jsonBody(newWebhook) },
    responses: {
      201: {
        description: 'Created; its secret is shown only here',
        content: json(createdWebhook),
        headers: { Location: header('path of the webhook') },
      },
      ...problems('forbidden', 'limit_reached', ...BODY_PROBLEMS, ...STORE_PROBLEMS, ...ALWAYS),
    },
  });
  addRoute(api, create, async (c, route) => {
    const jobs = requireAdmin(parts, c.env.incoming.headers);
    const { channel } = route.params(c);
    const body = await readRequestBody(c.env.incoming, { text: false });
    const { url, from } = route.body(body.kind === 'json' ? body.value : {});
    const id = randomBytes(16).toString('hex');
    const secret = `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
    const webhook = await webhooks.create({ id, channel, url, secret, from }).catch((error: unknown) => {
      if (!(error instanceof TooManyWebhooks)) throw error;
      throw new Problem('limit_reached', `A channel has at most ${MAX_WEBHOOKS_PER_CHANNEL} webhooks.`);
    });
    // If the queue is away, the worker finds it by itself a little later.
    if (from === 'earliest') await jobs.deliver(id).catch(() => {});
    return route.answer(201, { ...webhook, secret }, { Location: `/v1/channels/${channel}/webhooks/${id}` });
  });

  const list = createRoute({
    ...described,
    method: 'get',
    path,
    summary: 'The webhooks of a channel',
    request: { params: channelParams },
    responses: {
      200: { description: 'All of them', content: json(webhookList) },
      ...problems('forbidden', 'history_away', ...ALWAYS),
    },
  });
  addRoute(api, list, async (c, route) => {
    requireAdmin(parts, c.env.incoming.headers);
    const { channel } = route.params(c);
    return route.answer(200, { webhooks: await webhooks.list(channel) });
  });

  const get = createRoute({
    ...described,
    method: 'get',
    path: `${path}/{id}`,
    summary: 'A webhook: how far it has come, and its last error',
    request: { params: webhookParams },
    responses: {
      200: { description: 'The webhook', content: json(webhookAnswer) },
      ...problems('forbidden', 'not_found', 'history_away', ...ALWAYS),
    },
  });
  addRoute(api, get, async (c, route) => {
    requireAdmin(parts, c.env.incoming.headers);
    const { channel, id } = route.params(c);
    const webhook = await webhooks.get(channel, id);
    if (webhook === undefined) throw new Problem('not_found', NONE);
    return route.answer(200, webhook);
  });

  const remove = createRoute({
    ...described,
    method: 'delete',
    path: `${path}/{id}`,
    summary: 'Delete a webhook',
    request: { params: webhookParams },
    responses: {
      204: { description: 'Deleted' },
      ...problems('forbidden', 'not_found', ...STORE_PROBLEMS, ...ALWAYS),
    },
  });
  addRoute(api, remove, async (c, route) => {
    requireAdmin(parts, c.env.incoming.headers);
    const { channel, id } = route.params(c);
    if (!(await webhooks.delete(channel, id))) throw new Problem('not_found', NONE);
    return route.answer(204);
  });

  const resume = createRoute({
    ...described,
    method: 'post',
    path: `${path}/{id}/resume`,
    summary: 'Resume a paused webhook, or try again at once, from where it is',
    request: { params: webhookParams },
    responses: {
      200: { description: 'The webhook', content: json(webhookAnswer) },
      ...problems('forbidden', 'not_found', ...STORE_PROBLEMS, ...ALWAYS),
    },
  });
  addRoute(api, resume, async (c, route) => {
    const jobs = requireAdmin(parts, c.env.incoming.headers);
    const { channel, id } = route.params(c);
    const webhook = await webhooks.resume(channel, id);
    if (webhook === undefined) throw new Problem('not_found', NONE);
    await jobs.deliver(id).catch(() => {});
    return route.answer(200, webhook);
  });

  api.openAPIRegistry.registerWebhook({
    method: 'post',
    path: 'event',
    tags: ['webhooks'],
    summary: 'What a receiver gets: each message of the channel, in order, signed by Standard Webhooks',
    request: {
      headers: z.object({
        'webhook-id': z.string().meta({ description: 'the same each time this event is sent' }),
        'webhook-timestamp': z.string().meta({ description: 'when it was sent, seconds since 1970' }),
        'webhook-signature': z.string().meta({ description: 'v1, HMAC-SHA256 in base64' }),
      }),
      body: jsonBody(webhookEvent),
    },
    responses: {
      '2XX': { description: 'Accepted; the next event follows' },
      410: { description: 'Gone: the webhook is paused' },
      default: { description: 'Not accepted: it is sent again, later each time' },
    },
  });
}
