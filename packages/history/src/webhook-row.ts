import type { Row } from './database.ts';
import type { PauseReason, Webhook } from './webhooks.ts';

/** Converts a row of `webhooks` to a webhook. */
export function webhookOf(row: Row): Webhook {
  const time = (ms: Row[string] | undefined) => new Date(Number(ms)).toISOString();
  return {
    id: String(row.id),
    channel: String(row.channel),
    url: String(row.url),
    cursor: Number(row.cursor),
    state: row.state as Webhook['state'],
    ...(row.paused_because !== null && { pausedBecause: row.paused_because as PauseReason }),
    failures: Number(row.failures),
    ...(row.last_error !== null && { lastError: String(row.last_error) }),
    ...(Number(row.next_ms) > 0 && { nextAt: time(row.next_ms) }),
    createdAt: time(row.created_ms),
  };
}
