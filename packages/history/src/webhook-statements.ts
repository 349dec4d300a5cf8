import type { Statement } from './database.ts';
import { NOW_MS } from './statements.ts';
import { MAX_WEBHOOKS_PER_CHANNEL } from './webhooks.ts';

/** The statements of the webhooks. */

const COLUMNS = `id, channel, url, cursor, state, paused_because, failures, last_error, next_ms, created_ms`;

/** $1 id, $2 channel, $3 url, $4 secret, $5 'latest' or 'earliest'. No row where the channel has too many. */
export const CREATE_WEBHOOK: Statement = {
  name: 'create_webhook',
  text: `
    insert into webhooks (id, channel, url, secret, cursor, created_ms)
    select $1, $2, $3, $4, coalesce((
      select case when $5 = 'latest' then head else earliest - 1 end from channels where name = $2
    ), 0), ${NOW_MS}
    where (select count(*) from webhooks where channel = $2) < ${MAX_WEBHOOKS_PER_CHANNEL}
    returning ${COLUMNS}`,
};

/** $1 channel */
export const LIST_WEBHOOKS: Statement = {
  name: 'list_webhooks',
  text: `select ${COLUMNS} from webhooks where channel = $1 order by created_ms, id`,
};

/** $1 channel, $2 id */
export const GET_WEBHOOK: Statement = {
  name: 'get_webhook',
  text: `select ${COLUMNS} from webhooks where id = $2 and channel = $1`,
};

/** $1 channel, $2 id */
export const DELETE_WEBHOOK: Statement = {
  name: 'delete_webhook',
  text: `delete from webhooks where id = $2 and channel = $1 returning id`,
};

/** $1 channel, $2 id */
export const RESUME_WEBHOOK: Statement = {
  name: 'resume_webhook',
  text: `
    update webhooks set state = 'active', paused_because = null, failures = 0, failing_since_ms = null, last_error = null, next_ms = 0
    where id = $2 and channel = $1 returning ${COLUMNS}`,
};

/** Rows w of webhooks that may send now and have something to send. The channel may not exist yet. */
const BEHIND = `
    cross join lateral (select head from channels where name = w.channel limit 1) c
    where w.state = 'active' and w.next_ms <= ${NOW_MS} and w.cursor < c.head`;

/**
 * $1 channels. Includes webhooks that are being delivered now: their holder may have just read the log for the last
 * time.
 */
export const DUE_WEBHOOKS_OF: Statement = {
  name: 'due_webhooks_of',
  text: `
    select w.id from unnest($1::text[]) as n(name)
    cross join lateral (select * from webhooks where channel = n.name limit 1e6::int8) w ${BEHIND}`,
};

/** $1 id, $2 limit */
export const DUE_WEBHOOKS: Statement = {
  name: 'due_webhooks',
  text: `select w.id from webhooks w ${BEHIND} and w.lease_ms <= ${NOW_MS} and w.id > $1 order by w.id limit $2::int8`,
};

export const COUNT_WEBHOOKS: Statement = {
  name: 'count_webhooks',
  text: `select count(*) filter (where state = 'active') as active, count(*) filter (where state = 'paused') as paused from webhooks`,
};

/** $1 id, $2 holder, $3 lease in ms */
export const CLAIM_WEBHOOK: Statement = {
  name: 'claim_webhook',
  text: `
    update webhooks set lease = $2, lease_ms = ${NOW_MS} + $3::int8
    where id = $1 and state = 'active' and next_ms <= ${NOW_MS} and lease_ms <= ${NOW_MS}
    returning ${COLUMNS}, secret, coalesce(${NOW_MS} - failing_since_ms, 0) as failing_ms`,
};

/** $1 id, $2 holder, $3 cursor before, $4 cursor, $5 lease in ms */
export const ADVANCE_WEBHOOK: Statement = {
  name: 'advance_webhook',
  text: `
    update webhooks set cursor = $4::int8, failures = 0, failing_since_ms = null, last_error = null, next_ms = 0,
      lease_ms = ${NOW_MS} + $5::int8
    where id = $1 and lease = $2 and cursor = $3::int8 returning id`,
};

/** $1 id, $2 holder, $3 error, $4 pause in ms */
export const POSTPONE_WEBHOOK: Statement = {
  name: 'postpone_webhook',
  text: `
    update webhooks set failures = failures + 1, failing_since_ms = coalesce(failing_since_ms, ${NOW_MS}), last_error = $3,
      next_ms = ${NOW_MS} + $4::int8, lease = null, lease_ms = 0
    where id = $1 and lease = $2`,
};

/** $1 id, $2 holder, $3 error, $4 reason */
export const PAUSE_WEBHOOK: Statement = {
  name: 'pause_webhook',
  text: `
    update webhooks set state = 'paused', paused_because = $4, failures = failures + 1, last_error = $3, next_ms = 0, lease = null, lease_ms = 0
    where id = $1 and lease = $2`,
};

/** $1 id, $2 holder */
export const RELEASE_WEBHOOK: Statement = {
  name: 'release_webhook',
  text: `update webhooks set lease = null, lease_ms = 0 where id = $1 and lease = $2`,
};
