import type { ClaimedWebhook } from '@carillon/history';
import { type ChangeType, isChange, isKnownChange, type LogEvent } from '@carillon/protocol';
import { Webhook as Signature } from 'standardwebhooks';
import type { WebhookRequest } from './sender.ts';

/** The webhook's name for each type of change; by its `op`, if it has one. */
const CHANGE_TYPES = {
  edit: 'message.edited',
  delete: 'message.deleted',
  channel: 'channel.changed',
  reaction: { add: 'reaction.added', remove: 'reaction.removed' },
  pin: { add: 'message.pinned', remove: 'message.unpinned' },
} as const satisfies Record<ChangeType, string | Record<'add' | 'remove', string>>;

type Named<Type> = Type extends string ? Type : Type[keyof Type];

type EventType =
  | 'message.created'
  | Named<(typeof CHANGE_TYPES)[ChangeType]>
  | 'channel.reset'
  /** A type that only a newer Carillon knows. */
  | 'channel.other';

/** The event that a receiver gets. */
export interface WebhookEvent {
  /** The same for each attempt to send the same event, so that a receiver can detect repetitions. */
  id: string;
  /** The cursor's position after the receiver has accepted the event. */
  seq: number;
  type: EventType;
  /** ISO 8601. */
  timestamp: string;
  data: unknown;
}

/** The webhook event for an event of the log. */
export function logEvent({ id }: ClaimedWebhook, event: LogEvent): WebhookEvent {
  return {
    id: `${id}.${event.seq}`,
    seq: event.seq,
    type: typeOf(event),
    timestamp: event.createdAt,
    data: event,
  };
}

function typeOf(event: LogEvent): EventType {
  if (!isChange(event)) return 'message.created';
  if (!isKnownChange(event)) return 'channel.other';
  return 'op' in event ? CHANGE_TYPES[event.type][event.op] : CHANGE_TYPES[event.type];
}

/**
 * The event that reports events that will not be sent, because retention deleted them. `from` is the first that will be
 * sent.
 */
export function resetEvent({ id, channel }: ClaimedWebhook, from: number): WebhookEvent {
  return {
    id: `${id}.reset.${from}`,
    seq: from - 1,
    type: 'channel.reset',
    timestamp: new Date().toISOString(),
    data: { channel, reason: 'expired', from },
  };
}

/** The request for an event, signed now according to Standard Webhooks. */
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
