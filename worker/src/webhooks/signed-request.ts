import type { ClaimedWebhook } from '@carillon/history';
import { type ChangeType, isChange, isKnownChange, type LogEvent } from '@carillon/protocol';
import { Webhook as Signature } from 'standardwebhooks';
import type { WebhookRequest } from './sender.ts';

/** What each type of change is called here; by its `op`, where it has one. */
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
  /** Of a type that only a newer Carillon knows. */
  | 'channel.other';

/** What a receiver is told. */
export interface WebhookEvent {
  /** The same each time the same event is sent, so that a receiver can tell a repetition. */
  id: string;
  /** The seq that the cursor is at once the receiver has taken it. */
  seq: number;
  type: EventType;
  /** ISO 8601. */
  timestamp: string;
  data: unknown;
}

/** An event of the log. */
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

/** The event that says which events will not come: retention dropped them before they were sent. `from` is the first that will. */
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
