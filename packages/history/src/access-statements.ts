import { AUDIT_MS, MAX_CHANGES_KEPT, MAX_CHANGES_TOLD } from './access.ts';
import type { Statement } from './database.ts';
import { NOW_MS } from './statements.ts';

/* The statements of ChannelAccess. `$1` and so on are its parameters, in the order in which each statement lists them. */

/** The id of the channel whose name is $1. */
const CHANNEL_ID = '(select id from channels where name = $1)';

const SETTINGS = `coalesce(s.visibility, 'public') as visibility, coalesce(s.topic, '') as topic, s.archived_ms,
  s.created_by_id, s.created_by_name, s.created_ms`;
const MEMBER = `m.person_id, m.person_name, m.role, m.since_ms`;
const SANCTION = `s.person_id, s.channel, s.kind, s.until_ms, s.reason, s.rank,
  s.by_id, s.by_name, s.until_ms - ${NOW_MS} as remaining_ms`;
const REVOCATION = `r.person_id, r.session, r.before_ms,
  r.until_ms - ${NOW_MS} as remaining_ms`;

/** Changes of access come one after the other, and so do their versions, in the order in which they are committed. */
export const LOCK_ACCESS: Statement = {
  name: 'lock_access',
  text: `select value from meta where name = 'access' for update`,
};

/** $1 channel or null, $2 person or null */
export const BUMP_ACCESS: Statement = {
  name: 'bump_access',
  text: `
    with bumped as (
      update meta set value = (value::int8 + 1)::text where name = 'access' returning value::int8 as version
    ),
    dropped as (delete from access_changes where version <= (select version from bumped) - ${MAX_CHANGES_KEPT})
    insert into access_changes (version, channel, person_id) select version, $1::text, $2::text from bumped`,
};

/** $1 version: one row at least, with the version now. */
export const ACCESS_CHANGES: Statement = {
  name: 'access_changes',
  text: `
    select m.version as now, c.version, c.channel, c.person_id
    from (select value::int8 as version from meta where name = 'access') m
    left join lateral (
      select * from access_changes where version > $1::int8 order by version limit ${MAX_CHANGES_TOLD}::int8
    ) c on true order by c.version`,
};

/** $1 channel */
export const CHANNEL_SETTINGS: Statement = {
  name: 'channel_settings',
  text: `
    select c.id, ${SETTINGS} from channels c
    left join lateral (select * from channel_settings where channel_id = c.id limit 1) s on true where c.name = $1`,
};

/** $1 channel, $2 visibility, $3 topic, $4 maker's id, $5 maker's name */
export const CREATE_SETTINGS: Statement = {
  name: 'create_settings',
  text: `
    insert into channel_settings as s (channel_id, visibility, topic, created_by_id, created_by_name, created_ms)
    select id, $2, $3, $4, $5, ${NOW_MS} from channels where name = $1 returning ${SETTINGS}`,
};

/** $1 channel, $2 visibility, $3 topic, $4 1 for archived: what was there is written over. */
export const WRITE_SETTINGS: Statement = {
  name: 'write_settings',
  text: `
    insert into channel_settings as s (channel_id, visibility, topic, archived_ms)
    select id, $2, $3, case when $4::int8 = 1 then ${NOW_MS} end from channels where name = $1
    on conflict (channel_id) do update
      set visibility = excluded.visibility, topic = excluded.topic, archived_ms = excluded.archived_ms
    returning ${SETTINGS}`,
};

/** $1 names */
export const CHANNEL_STATES: Statement = {
  name: 'channel_states',
  text: `
    select c.name, coalesce(s.visibility, 'public') as visibility, s.archived_ms
    from unnest($1::text[]) as w(name)
    cross join lateral (select id, name from channels where name = w.name limit 1) c
    left join lateral (select visibility, archived_ms from channel_settings where channel_id = c.id limit 1) s on true`,
};

/** $1 names: members of private channels, and owners of all. */
export const CHANNEL_ROLES: Statement = {
  name: 'channel_roles',
  text: `
    select c.name, m.person_id, m.role
    from unnest($1::text[]) as w(name)
    cross join lateral (select id, name from channels where name = w.name limit 1) c
    left join lateral (select visibility from channel_settings where channel_id = c.id limit 1) s on true
    cross join lateral (select person_id, role from channel_members where channel_id = c.id limit 1e6::int8) m
    where s.visibility = 'private' or m.role = 'owner'`,
};

/** $1 channel, $2 id or empty, $3 limit */
export const MEMBERS: Statement = {
  name: 'members',
  text: `
    select ${MEMBER} from channel_members m
    where m.channel_id = ${CHANNEL_ID} and m.person_id > $2
    order by m.person_id limit $3::int8`,
};

/** $1 channel, $2 id */
export const MEMBER_OF: Statement = {
  name: 'member_of',
  text: `
    select ${MEMBER} from channel_members m
    where m.channel_id = ${CHANNEL_ID} and m.person_id = $2`,
};

/** $1 channel */
export const COUNT_MEMBERS: Statement = {
  name: 'count_members',
  text: `
    select count(*) as members from channel_members where channel_id = ${CHANNEL_ID}`,
};

/** $1 channel, $2 id, $3 name, $4 role */
export const PUT_MEMBER: Statement = {
  name: 'put_member',
  text: `
    insert into channel_members as m (channel_id, person_id, person_name, role, since_ms)
    select id, $2, $3, $4, ${NOW_MS} from channels where name = $1
    on conflict (channel_id, person_id) do update set person_name = excluded.person_name, role = excluded.role
    returning ${MEMBER}`,
};

/** $1 channel, $2 id */
export const REMOVE_MEMBER: Statement = {
  name: 'remove_member',
  text: `
    delete from channel_members
    where channel_id = ${CHANNEL_ID} and person_id = $2 returning role`,
};

/** What of sanctions is read and dropped as of revocations. */
export const {
  dropOld: DROP_OLD_SANCTIONS,
  all: ALL_SANCTIONS,
  of: SANCTIONS_OF,
} = expiring('sanctions', 's', SANCTION);

/** $1 person, $2 channel or empty, $3 kind */
export const SANCTION_OF: Statement = {
  name: 'sanction_of',
  text: `
    select rank from sanctions where person_id = $1 and channel = $2 and kind = $3 and until_ms > ${NOW_MS}`,
};

/** $1 channel or empty: those of this channel, and of all channels; those that hold everywhere are counted by themselves. */
export const COUNT_SANCTIONS: Statement = {
  name: 'count_sanctions',
  text: `
    select count(*) as sanctions, count(*) filter (where channel = $1) as here
    from sanctions where until_ms > ${NOW_MS} and (channel = '') = ($1 = '')`,
};

/** $1 person, $2 channel or empty, $3 kind, $4 ms, $5 reason, $6 rank, $7 maker's id, $8 maker's name */
export const PUT_SANCTION: Statement = {
  name: 'put_sanction',
  text: `
    insert into sanctions as s (person_id, channel, kind, until_ms, reason, rank, by_id, by_name, created_ms)
    values ($1, $2, $3, ${NOW_MS} + $4::int8, $5, $6::int8, $7, $8, ${NOW_MS})
    on conflict (person_id, channel, kind) do update set
      until_ms = excluded.until_ms, reason = excluded.reason, rank = excluded.rank, by_id = excluded.by_id,
      by_name = excluded.by_name, created_ms = excluded.created_ms
    returning ${SANCTION}`,
};

/** $1 person, $2 channel or empty, $3 kind */
export const LIFT_SANCTION: Statement = {
  name: 'lift_sanction',
  text: `delete from sanctions where person_id = $1 and channel = $2 and kind = $3`,
};

/** $1 channel or empty, $2 kind, $3 id or empty, $4 limit */
export const SANCTIONS_ON: Statement = {
  name: 'sanctions_on',
  text: `
    select ${SANCTION} from sanctions s
    where s.channel = $1 and s.kind = $2 and s.person_id > $3 and s.until_ms > ${NOW_MS}
    order by s.person_id limit $4::int8`,
};

/** What of revocations is read and dropped as of sanctions. */
export const {
  dropOld: DROP_OLD_REVOCATIONS,
  all: ALL_REVOCATIONS,
  of: REVOCATIONS_OF,
} = expiring('revocations', 'r', REVOCATION);

/** $1 1 for sessions, 0 for people */
export const COUNT_REVOCATIONS: Statement = {
  name: 'count_revocations',
  text: `
    select count(*) as revocations from revocations
    where until_ms > ${NOW_MS} and (session <> '') = ($1::int8 = 1)`,
};

/** $1 person, $2 session or empty, $3 ms */
export const PUT_REVOCATION: Statement = {
  name: 'put_revocation',
  text: `
    insert into revocations as r (person_id, session, before_ms, until_ms)
    values ($1, $2, ${NOW_MS}, ${NOW_MS} + $3::int8)
    on conflict (person_id, session) do update
      set before_ms = excluded.before_ms, until_ms = greatest(r.until_ms, excluded.until_ms)
    returning before_ms`,
};

/** $1 person */
export const LIFT_REVOCATION: Statement = {
  name: 'lift_revocation',
  text: `delete from revocations where person_id = $1 and session = '' and until_ms > ${NOW_MS} returning before_ms`,
};

/** $1 maker's id, $2 maker's name, $3 act, $4 channel or null, $5 person or null, $6 details in JSON */
export const RECORD: Statement = {
  name: 'record',
  text: `
    with dropped as (delete from audit where at_ms < ${NOW_MS} - ${AUDIT_MS})
    insert into audit (at_ms, by_id, by_name, act, channel, person_id, details)
    values (${NOW_MS}, $1, $2, $3, $4::text, $5::text, $6)`,
};

/** $1 id or null, $2 limit: newest first. */
export const AUDIT = auditLines('audit');

/** $1 id or null, $2 limit, $3 channel: newest first. */
export const AUDIT_OF = auditLines('audit_of', 'a.channel = $3 and ');

/** Statements over a table whose rows hold until their `until_ms`; `columns` are read of its rows, which are called `row`. */
function expiring(table: string, row: string, columns: string): Record<'dropOld' | 'all' | 'of', Statement> {
  return {
    /** Drops the rows that no longer hold. */
    dropOld: { name: `drop_old_${table}`, text: `delete from ${table} where until_ms <= ${NOW_MS}` },
    /** Every row that holds. */
    all: {
      name: `all_${table}`,
      text: `select ${columns} from ${table} ${row} where ${row}.until_ms > ${NOW_MS}`,
    },
    /** $1 ids of people: theirs. */
    of: {
      name: `${table}_of`,
      text: `
    select ${columns} from unnest($1::text[]) as p(id)
    cross join lateral (
      select * from ${table} where person_id = p.id and until_ms > ${NOW_MS} limit 1e6::int8
    ) ${row}`,
    },
  };
}

/** A page of the audit, newest first; `condition` ends in `and`, and leaves lines out. */
function auditLines(name: string, condition = ''): Statement {
  return {
    name,
    text: `
    select a.id, a.at_ms, a.by_id, a.by_name, a.act, a.channel, a.person_id, a.details from audit a
    where ${condition}a.id < coalesce($1::int8, 9223372036854775807)
    order by a.id desc limit $2::int8`,
  };
}
