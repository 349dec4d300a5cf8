import type { Statement } from './database.ts';
import { CHANNEL_ID, MESSAGE } from './statements.ts';

/** $1 channel, $2 seq of the message: whether it is pinned, and the number of pinned messages in the channel. */
export const PINNED: Statement = {
  name: 'pinned',
  text: `
    select count(*) filter (where target = $2::int8) as mine, count(*) as count
    from pins where channel_id = ${CHANNEL_ID}`,
};

/** $1 channel, $2 seq of the message, $3 seq of its pin, $4 author id, $5 author name, $6 time */
export const PIN: Statement = {
  name: 'pin',
  text: `
    insert into pins (channel_id, target, seq, author_id, author_name, created_ms)
    select id, $2::int8, $3::int8, $4, $5, $6::int8 from channels where name = $1`,
};

/** $1 channel, $2 seq of the message */
export const UNPIN: Statement = {
  name: 'unpin',
  text: `delete from pins where channel_id = ${CHANNEL_ID} and target = $2::int8`,
};

/** $1 channel, $2 limit: the messages in their current state, the last pinned first. */
export const PINS: Statement = {
  name: 'pins',
  text: `
    select ${MESSAGE}, p.seq as pin_seq, p.author_id as pin_author_id, p.author_name as pin_author_name, p.created_ms as pin_ms
    from pins p join events e on e.channel_id = p.channel_id and e.seq = p.target and e.deleted_ms is null
    where p.channel_id = ${CHANNEL_ID} order by p.seq desc limit $2::int8`,
};
