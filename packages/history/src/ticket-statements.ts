import type { Statement } from './database.ts';
import { NOW_MS } from './statements.ts';
import { MAX_TICKETS_PER_PERSON } from './tickets.ts';

/** The statements of the tickets. */

/** Each new ticket deletes up to this many expired tickets. */
const SWEPT = 20;

/** $1 hash, $2 person, $3 identity, $4 ms. No row if the person has too many. */
export const ISSUE_TICKET: Statement = {
  name: 'issue_ticket',
  text: `
    with late as materialized (
      select hash from tickets where until_ms <= ${NOW_MS} order by until_ms limit ${SWEPT} for update skip locked
    ), swept as (
      delete from tickets using late where tickets.hash = late.hash
    )
    insert into tickets (hash, person, identity, until_ms)
    select $1, $2, $3, ${NOW_MS} + $4::int8
    where (
      select count(*) from (
        select 1 from tickets where person = $2 and until_ms > ${NOW_MS} limit ${MAX_TICKETS_PER_PERSON}
      ) unused
    ) < ${MAX_TICKETS_PER_PERSON}
    returning hash`,
};

/** $1 hash. Of two concurrent calls one deletes the row, and the other finds none. */
export const REDEEM_TICKET: Statement = {
  name: 'redeem_ticket',
  text: `
    delete from tickets where hash = $1
    returning identity, (case when until_ms > ${NOW_MS} then 1 else 0 end)::int8 as good`,
};
