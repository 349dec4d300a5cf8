import { webhookOf } from '../webhook-row.ts';
import {
  type ClaimedWebhook,
  MAX_WEBHOOKS_PER_CHANNEL,
  type NewWebhook,
  type PauseReason,
  type Webhook,
  type WebhookState,
} from '../webhooks.ts';
import { channelOf } from './channels.ts';
import type { Connection } from './connection.ts';

/* The webhooks, as the port defines them: each in the caller's transaction. */

/** Undefined if the channel has the maximum number of webhooks. */
export function createWebhook(connection: Connection, webhook: NewWebhook): Webhook | undefined {
  const { id, channel, url, secret, from } = webhook;
  const count = connection.get('select count(*) as n from webhooks where channel = ?', channel);
  if (Number(count?.n) >= MAX_WEBHOOKS_PER_CHANNEL) return undefined;
  const row = channelOf(connection, channel);
  const cursor = row === undefined ? 0 : from === 'latest' ? row.head : row.earliest - 1;
  connection.run(
    'insert into webhooks (id, channel, url, secret, cursor, created_ms) values (?, ?, ?, ?, ?, ?)',
    ...[id, channel, url, secret, cursor, Date.now()],
  );
  return readWebhook(connection, channel, id);
}

/** All webhooks of a channel, oldest first. In a transaction. */
export function readWebhooks(connection: Connection, channel: string): Webhook[] {
  return connection
    .all('select * from webhooks where channel = ? order by created_ms, id', channel)
    .map(webhookOf);
}

/** One webhook of a channel; undefined if it does not exist. In a transaction. */
export function readWebhook(connection: Connection, channel: string, id: string): Webhook | undefined {
  const row = connection.get('select * from webhooks where id = ? and channel = ?', id, channel);
  return row && webhookOf(row);
}

/** Deletes a webhook; returns whether it existed. In the caller's transaction. */
export function deleteWebhook(connection: Connection, channel: string, id: string): boolean {
  return connection.run('delete from webhooks where id = ? and channel = ?', id, channel) > 0;
}

/**
 * Makes a webhook active and due, as Webhooks.resume says; undefined if it does not exist. In the caller's transaction.
 */
export function resumeWebhook(connection: Connection, channel: string, id: string): Webhook | undefined {
  connection.run(
    `update webhooks set state = 'active', paused_because = null, failures = 0, failing_since_ms = null,
       last_error = null, next_ms = 0
     where id = ? and channel = ?`,
    id,
    channel,
  );
  return readWebhook(connection, channel, id);
}

/** May send now and has something to send. The channel may not exist yet. */
const DUE = `state = 'active' and next_ms <= ? and exists (
    select 1 from channels c where c.name = w.channel and w.cursor < c.head
  )`;

/** Includes webhooks that are being delivered now: their holder may have just read the log for the last time. */
export function readDueWebhooksOf(connection: Connection, channels: readonly string[]): string[] {
  const now = Date.now();
  return channels.flatMap((channel) =>
    connection
      .all(`select id from webhooks w where channel = ? and ${DUE}`, channel, now)
      .map(({ id }) => String(id)),
  );
}

/** Ids of due webhooks without a holder, after the id `after`, sorted, at most `limit`. In a transaction. */
export function readDueWebhooks(connection: Connection, after: string, limit: number): string[] {
  const now = Date.now();
  return connection
    .all(
      `select id from webhooks w where id > ? and lease_ms <= ? and ${DUE} order by id limit ?`,
      ...[after, now, now, limit],
    )
    .map(({ id }) => String(id));
}

/** The number of webhooks in each state. In a transaction. */
export function countWebhooks(connection: Connection): Record<WebhookState, number> {
  const row = connection.get(
    `select count(*) filter (where state = 'active') as active, count(*) filter (where state = 'paused') as paused
     from webhooks`,
  );
  return { active: Number(row?.active), paused: Number(row?.paused) };
}

/**
 * Leases a due webhook as Webhooks.claim says; undefined if it is not due or has a holder. In the caller's transaction.
 */
export function claimWebhook(
  connection: Connection,
  id: string,
  holder: string,
  leaseMs: number,
): ClaimedWebhook | undefined {
  const now = Date.now();
  const [row] = connection.all(
    `update webhooks set lease = ?, lease_ms = ?
     where id = ? and state = 'active' and next_ms <= ? and lease_ms <= ? returning *`,
    ...[holder, now + leaseMs, id, now, now],
  );
  if (row === undefined) return undefined;
  const failingMs = row.failing_since_ms === null ? 0 : now - Number(row.failing_since_ms);
  return { ...webhookOf(row), secret: String(row.secret), failingMs };
}

/**
 * Advances the cursor as Webhooks.advance says; false if the holder has lost the lease. In the caller's transaction.
 */
export function advanceWebhook(
  connection: Connection,
  id: string,
  holder: string,
  { from, to, leaseMs }: { from: number; to: number; leaseMs: number },
): boolean {
  const moved = connection.run(
    `update webhooks set cursor = ?, failures = 0, failing_since_ms = null, last_error = null, next_ms = 0, lease_ms = ?
     where id = ? and lease = ? and cursor = ?`,
    ...[to, Date.now() + leaseMs, id, holder, from],
  );
  return moved > 0;
}

/** Records a failure and schedules the retry, as Webhooks.postpone says. In the caller's transaction. */
export function postponeWebhook(
  connection: Connection,
  id: string,
  holder: string,
  { error, delayMs }: { error: string; delayMs: number },
): void {
  const now = Date.now();
  connection.run(
    `update webhooks set failures = failures + 1, failing_since_ms = coalesce(failing_since_ms, ?), last_error = ?,
       next_ms = ?, lease = null, lease_ms = 0
     where id = ? and lease = ?`,
    ...[now, error, now + delayMs, id, holder],
  );
}

/** Pauses a webhook after a failure, as Webhooks.pause says. In the caller's transaction. */
export function pauseWebhook(
  connection: Connection,
  id: string,
  holder: string,
  { error, reason }: { error: string; reason: PauseReason },
): void {
  connection.run(
    `update webhooks set state = 'paused', paused_because = ?, failures = failures + 1, last_error = ?, next_ms = 0,
       lease = null, lease_ms = 0
     where id = ? and lease = ?`,
    ...[reason, error, id, holder],
  );
}

/** Releases a webhook's lease. In the caller's transaction. */
export function releaseWebhook(connection: Connection, id: string, holder: string): void {
  connection.run('update webhooks set lease = null, lease_ms = 0 where id = ? and lease = ?', id, holder);
}
