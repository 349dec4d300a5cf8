/** The schemas of webhooks over HTTP. */

import { randomId } from '@carillon/jobs';
import { seq } from '@carillon/protocol';
import { z } from 'zod';
import { channelParams, messageAnswer } from './contract.ts';

/** Characters of a URL: browsers and proxies do not accept longer ones either. */
const MAX_URL_LENGTH = 2_048;

/** The URL to which messages are posted, normalized by the URL parser: an address in an unusual notation is stored in its usual form. */
const receiverUrl = z
  .string()
  .max(MAX_URL_LENGTH)
  .refine(isReceiver, 'must be an http or https URL without a user, a password or a fragment')
  .transform((text) => new URL(text).href)
  .meta({ format: 'uri', example: 'https://example.com/hook' });

function isReceiver(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const { protocol, username, password, hash } = new URL(text);
  return /^https?:$/.test(protocol) && `${username}${password}${hash}` === '';
}

export const newWebhook = z
  .strictObject({
    url: receiverUrl,
    from: z
      .enum(['latest', 'earliest'])
      .default('latest')
      .meta({ description: 'start with the next message, or with the oldest that is kept' }),
  })
  .meta({ id: 'NewWebhook', example: { url: 'https://example.com/hook' } });

export const webhookParams = channelParams.extend({
  id: randomId.meta({ example: '4f6d1e0c9b7a4c02b1d35f8e6a907c21' }),
});

export const webhookAnswer = z
  .object({
    id: z.string(),
    channel: z.string(),
    url: z.string(),
    cursor: z.int().min(0).meta({ description: 'seq of the last message that the receiver accepted' }),
    state: z.enum(['active', 'paused']),
    pausedBecause: z
      .enum(['gone', 'failing'])
      .optional()
      .meta({ description: 'gone: the receiver answered 410; failing: it failed for three days' }),
    failures: z.int().min(0).meta({ description: 'failed requests since the last one that succeeded' }),
    lastError: z.string().optional(),
    nextAt: z.iso.datetime().optional().meta({ description: 'the earliest time of the next attempt' }),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'Webhook' });

export const createdWebhook = webhookAnswer
  .extend({ secret: z.string().meta({ description: 'the secret that signs requests; shown only here' }) })
  .meta({ id: 'CreatedWebhook' });

export const webhookList = z.object({ webhooks: z.array(webhookAnswer) }).meta({ id: 'WebhookList' });

/** The body of a request to a receiver. */
export const webhookEvent = z
  .union([
    z.object({
      type: z.literal('message.created'),
      timestamp: z.iso.datetime(),
      data: messageAnswer,
    }),
    z.object({
      type: z.literal('channel.reset'),
      timestamp: z.iso.datetime(),
      data: z.object({
        channel: z.string(),
        reason: z.literal('expired'),
        from: seq.meta({ description: 'seq of the first message that will come' }),
      }),
    }),
  ])
  .meta({ id: 'WebhookEvent' });
