import type { OpenAPIHono } from '@hono/zod-openapi';
import { z } from 'zod';
import { channelParams } from '../contract.ts';
import { exportAnswer, exportParams, newExport } from '../export-contract.ts';
import {
  createdWebhook,
  newWebhook,
  webhookAnswer,
  webhookEvent,
  webhookList,
  webhookParams,
} from '../webhook-contract.ts';
import { problems } from './problems.ts';
import { ADMIN } from './security.ts';

type Registry = OpenAPIHono['openAPIRegistry'];

const json = <Schema extends z.ZodType>(schema: Schema) => ({ 'application/json': { schema } });
const header = (description: string) => ({ description, schema: { type: 'string' as const } });
const security = ADMIN;
const BODY_PROBLEMS = ['bad_json', 'bad_encoding', 'body_too_large', 'unsupported_media_type'] as const;
const STORE_PROBLEMS = ['history_away', 'outcome_unknown', 'store_full'] as const;
const ALL = ['not_configured', 'invalid'] as const;

/** Puts the calls whose work a worker does into the document, and what it sends to receivers of webhooks. */
export function describeJobs(registry: Registry): void {
  describeWebhooks(registry);
  describeExports(registry);
}

function describeWebhooks(registry: Registry): void {
  const path = '/v1/channels/{channel}/webhooks';
  const one = { tags: ['webhooks'], security };
  registry.registerPath({
    ...one,
    method: 'post',
    path,
    summary: "Have a channel's messages posted to a URL",
    request: { params: channelParams, body: { required: true, content: json(newWebhook) } },
    responses: {
      201: {
        description: 'Made; its secret is shown only here',
        content: json(createdWebhook),
        headers: { Location: header('path of the webhook') },
      },
      ...problems('forbidden', 'limit_reached', ...BODY_PROBLEMS, ...STORE_PROBLEMS, ...ALL),
    },
  });
  registry.registerPath({
    ...one,
    method: 'get',
    path,
    summary: 'The webhooks of a channel',
    request: { params: channelParams },
    responses: {
      200: { description: 'All of them', content: json(webhookList) },
      ...problems('forbidden', 'history_away', ...ALL),
    },
  });
  registry.registerPath({
    ...one,
    method: 'get',
    path: `${path}/{id}`,
    summary: 'How far a webhook has come, and what went wrong',
    request: { params: webhookParams },
    responses: {
      200: { description: 'The webhook', content: json(webhookAnswer) },
      ...problems('forbidden', 'not_found', 'history_away', ...ALL),
    },
  });
  registry.registerPath({
    ...one,
    method: 'delete',
    path: `${path}/{id}`,
    summary: 'End a webhook',
    request: { params: webhookParams },
    responses: {
      204: { description: 'It is gone' },
      ...problems('forbidden', 'not_found', ...STORE_PROBLEMS, ...ALL),
    },
  });
  registry.registerPath({
    ...one,
    method: 'post',
    path: `${path}/{id}/resume`,
    summary: 'Have a webhook go on that was paused, or try again at once, from where it is',
    request: { params: webhookParams },
    responses: {
      200: { description: 'The webhook', content: json(webhookAnswer) },
      ...problems('forbidden', 'not_found', ...STORE_PROBLEMS, ...ALL),
    },
  });
  registry.registerWebhook({
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
      body: { required: true, content: json(webhookEvent) },
    },
    responses: {
      '2XX': { description: 'Taken; the next one comes' },
      410: { description: 'No more of this: the webhook is paused' },
      default: { description: 'Not taken: it comes again, later each time' },
    },
  });
}

function describeExports(registry: Registry): void {
  const tags = ['exports'];
  registry.registerPath({
    tags,
    security,
    method: 'post',
    path: '/v1/channels/{channel}/exports',
    summary: 'Have a channel written to a file',
    request: { params: channelParams, body: { required: true, content: json(newExport) } },
    responses: {
      202: {
        description: 'Ordered',
        content: json(exportAnswer),
        headers: { Location: header('path by which to follow it') },
      },
      ...problems('forbidden', 'limit_reached', 'jobs_away', ...BODY_PROBLEMS, ...ALL),
    },
  });
  registry.registerPath({
    tags,
    method: 'get',
    path: '/v1/exports/{id}',
    summary: 'How far an export is',
    request: { params: exportParams },
    responses: {
      200: { description: 'The export', content: json(exportAnswer) },
      ...problems('not_found', 'jobs_away', ...ALL),
    },
  });
  registry.registerPath({
    tags,
    method: 'get',
    path: '/v1/exports/{id}/file',
    summary: 'The file of an export, for a day',
    request: { params: exportParams },
    responses: {
      200: {
        description: 'Each line a message in JSON, or RFC 4180 with a line of names',
        content: {
          'application/x-ndjson': { schema: z.string() },
          'text/csv; charset=utf-8; header=present': { schema: z.string() },
        },
        headers: { 'Content-Disposition': header('a name for the file') },
      },
      ...problems('not_found', ...ALL),
    },
  });
}
