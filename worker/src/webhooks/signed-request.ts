import type { ClaimedWebhook } from '@carillon/history';
import type { Message } from '@carillon/protocol';
import { Webhook as Signature } from 'standardwebhooks';
import type { WebhookRequest } from './sender.ts';

/** What a receiver is told. */
export interface WebhookEvent {
  /** The same each time the same event is sent, so that a receiver can tell a repetition. */
  id: string;
  /** The seq that the cursor is at once the receiver has taken it. */
  seq: number;
  type: 'message.created' | 'channel.reset';
  /** ISO 8601. */
  timestamp: string;
  data: unknown;
}

/** The event of a message. */
export function messageEvent({ id }: ClaimedWebhook, message: Message): WebhookEvent {
  return {
    id: `${id}.${message.seq}`,
    seq: message.seq,
    type: 'message.created',
    timestamp: message.createdAt,
    data: message,
  };
}

/** The event that says which messages will not come: retention dropped them before they were sent. `from` is the first that will. */
export function resetEvent({ id, channel }: ClaimedWebhook, from: number): WebhookEvent {
  return {
    id: `${id}.reset.${from}`,
    seq: from - 1,
    type: 'channel.reset',
    timestamp: new Date().toISOString(),
    data: { channel, reason: 'expired', from },
  };
}

/** The request of an event, signed at this moment by Standard Webhooks. */
export function signedRequest({ url, secret }: ClaimedWebhook, event: WebhookEvent): WebhookRequest {
  const { id, type, timestamp, data } = event;
  const body = JSON.stringify({ type, timestamp, data });
  const now = new Date();
  return {
    url,
    body,
    headers: {
      'Content-Type': 'application/json',
      'User-Agent': 'Carillon-Webhooks/1',
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(now.getTime() / 1_000)),
      'webhook-signature': new Signature(secret).sign(id, now, body),
    },
  };
}
