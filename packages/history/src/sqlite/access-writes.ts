import type { Author } from '@carillon/protocol';
import {
  type ChannelAccess,
  type ChannelSettings,
  MAX_CHANGES_KEPT,
  MAX_MEMBERS,
  MAX_REVOCATIONS,
  MAX_SANCTIONS,
  MAX_SANCTIONS_PER_CHANNEL,
  type NewChannel,
  type NewSanction,
  type Role,
  type Sanction,
} from '../access.ts';
import { differences, memberOf, type SettingsPatch, sanctionOf } from '../access-row.ts';
import { readMember, readSettings, remaining } from './access-reads.ts';
import { appendChange } from './change.ts';
import { channelMade, channelOf } from './channels.ts';
import type { Connection, Row } from './connection.ts';
import { recordAudit } from './record-audit.ts';

type Answer<Call extends keyof ChannelAccess> = Awaited<ReturnType<ChannelAccess[Call]>>;

/*
 * The writes of ChannelAccess, each in the caller's transaction. There is one writer, so what a write reads first is
 * still true when it writes.
 */

/** Creates a channel as ChannelAccess.create says. In the caller's transaction. */
export function createChannel(
  connection: Connection,
  { channel, visibility, topic, members }: NewChannel,
  by: Author,
): Answer<'create'> {
  const others = members.filter(({ person }) => person.id !== by.id);
  if (channelOf(connection, channel) !== undefined) return { outcome: 'exists' };
  if (others.length >= MAX_MEMBERS) return { outcome: 'full' };
  const row = channelMade(connection, channel);
  connection.run(
    `insert into channel_settings (channel_id, visibility, topic, created_by_id, created_by_name, created_ms)
     values (?, ?, ?, ?, ?, ?)`,
    ...[row.id, visibility, topic, by.id, by.name, Date.now()],
  );
  putMember(connection, row.id, by, 'owner');
  for (const { person, role } of others) putMember(connection, row.id, person, role);
  // Listed from now on, and readers see its settings.
  const change = appendChange(connection, row, { type: 'channel', channel, author: by, visibility, topic });
  bumpAccess(connection, channel, undefined);
  recordAudit(connection, { by, act: 'create', channel, details: { visibility, topic } });
  return { outcome: 'created', settings: readSettings(connection, channel) as ChannelSettings, change };
}

/** Changes settings as ChannelAccess.configure says. In the caller's transaction. */
export function configureChannel(
  connection: Connection,
  channel: string,
  given: SettingsPatch,
  by: Author,
): Answer<'configure'> {
  const row = channelOf(connection, channel);
  const before = readSettings(connection, channel);
  if (row === undefined || before === undefined) return { outcome: 'missing' };
  const changed = differences(before, given);
  if (Object.keys(changed).length === 0) return { outcome: 'unchanged', settings: before };
  const { visibility, topic, archived } = { ...before, ...changed };
  connection.run(
    `insert into channel_settings (channel_id, visibility, topic, archived_ms) values (?, ?, ?, ?)
     on conflict (channel_id) do update
     set visibility = excluded.visibility, topic = excluded.topic, archived_ms = excluded.archived_ms`,
    ...[row.id, visibility, topic, archived ? Date.now() : null],
  );
  bumpAccess(connection, channel, undefined);
  recordAudit(connection, { by, act: 'settings', channel, details: changed });
  const change = appendChange(connection, row, { type: 'channel', channel, author: by, ...changed });
  return { outcome: 'changed', settings: readSettings(connection, channel) as ChannelSettings, change };
}

/** Adds or changes a member as ChannelAccess.setMember says. In the caller's transaction. */
export function setMember(
  connection: Connection,
  channel: string,
  { person, role }: { person: Author; role: Role },
  by: Author,
): Answer<'setMember'> {
  const row = channelOf(connection, channel);
  if (row === undefined) return { outcome: 'missing' };
  const known = readMember(connection, row.id, person.id);
  if (known?.role === role && known.person.name === person.name)
    return { outcome: 'unchanged', member: known };
  if (known === undefined) {
    const count = connection.get('select count(*) as n from channel_members where channel_id = ?', row.id);
    if (Number(count?.n) >= MAX_MEMBERS) return { outcome: 'full' };
  }
  const member = putMember(connection, row.id, person, role);
  bumpAccess(connection, channel, person.id);
  recordAudit(connection, { by, act: 'member', channel, person: person.id, details: { role } });
  return { outcome: known === undefined ? 'added' : 'changed', member };
}

/** Removes a member; returns whether there was one. In the caller's transaction. */
export function removeMember(connection: Connection, channel: string, person: string, by: Author): boolean {
  const row = channelOf(connection, channel);
  const known = row && readMember(connection, row.id, person);
  if (row === undefined || known === undefined) return false;
  connection.run('delete from channel_members where channel_id = ? and person_id = ?', row.id, person);
  bumpAccess(connection, channel, person);
  recordAudit(connection, { by, act: 'leave', channel, person, details: { role: known.role } });
  return true;
}

/** Mutes or bans as ChannelAccess.sanction says. In the caller's transaction. */
export function putSanction(connection: Connection, sanction: NewSanction): Answer<'sanction'> {
  const { kind, person, channel, reason, by, rank, ms } = sanction;
  const now = Date.now();
  connection.run('delete from sanctions where until_ms <= ?', now);
  const known = rankOf(connection, sanction);
  if (known !== undefined && known > rank) return { outcome: 'outranked' };
  if (known === undefined && hasTooMany(connection, channel)) return { outcome: 'full' };
  const [put] = connection.all(
    `insert into sanctions (person_id, channel, kind, until_ms, reason, rank, by_id, by_name, created_ms)
     values (?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict (person_id, channel, kind) do update set
       until_ms = excluded.until_ms, reason = excluded.reason, rank = excluded.rank, by_id = excluded.by_id,
       by_name = excluded.by_name, created_ms = excluded.created_ms
     returning *`,
    ...[person, channel ?? '', kind, now + ms, reason, rank, by.id, by.name, now],
  );
  bumpAccess(connection, channel, person);
  const details = { seconds: Math.round(ms / 1_000), reason };
  recordAudit(connection, { by, act: kind, ...(channel !== undefined && { channel }), person, details });
  return { outcome: 'set', sanction: sanctionOf(remaining(put as Row, now)) };
}

/** Ends a mute or a ban as ChannelAccess.lift says. In the caller's transaction. */
export function liftSanction(
  connection: Connection,
  sanction: Pick<Sanction, 'kind' | 'person' | 'channel' | 'by' | 'rank'>,
): Answer<'lift'> {
  const { kind, person, channel, by, rank } = sanction;
  const known = rankOf(connection, sanction);
  if (known === undefined) return 'missing';
  if (known > rank) return 'outranked';
  connection.run(
    'delete from sanctions where person_id = ? and channel = ? and kind = ?',
    ...[person, channel ?? '', kind],
  );
  bumpAccess(connection, channel, person);
  const act = `un${kind}` as const;
  recordAudit(connection, { by, act, ...(channel !== undefined && { channel }), person, details: {} });
  return 'lifted';
}

/** Ends sessions as ChannelAccess.revoke says. In the caller's transaction. */
export function revoke(
  connection: Connection,
  { person, session = '', ms }: { person: string; session?: string; ms: number },
  by: Author | undefined,
): Answer<'revoke'> {
  const now = Date.now();
  connection.run('delete from revocations where until_ms <= ?', now);
  const count = connection.get(
    `select count(*) as n from revocations where (session <> '') = ?`,
    session === '' ? 0 : 1,
  );
  if (Number(count?.n) >= MAX_REVOCATIONS) return { outcome: 'full' };
  connection.run(
    `insert into revocations (person_id, session, before_ms, until_ms) values (?, ?, ?, ?)
     on conflict (person_id, session) do update
     set before_ms = excluded.before_ms, until_ms = max(until_ms, excluded.until_ms)`,
    ...[person, session, now, now + ms],
  );
  bumpAccess(connection, undefined, person);
  if (by !== undefined) recordAudit(connection, { by, act: 'revoke', person, details: {} });
  return { outcome: 'revoked', beforeMs: now };
}

/**
 * Withdraws a revocation as ChannelAccess.unrevoke says; returns whether there was one. In the caller's transaction.
 */
export function unrevoke(connection: Connection, person: string, by: Author): boolean {
  const lifted = connection.run(
    `delete from revocations where person_id = ? and session = '' and until_ms > ?`,
    person,
    Date.now(),
  );
  if (lifted === 0) return false;
  bumpAccess(connection, undefined, person);
  recordAudit(connection, { by, act: 'unrevoke', person, details: {} });
  return true;
}

function putMember(connection: Connection, channelId: number, person: Author, role: Role) {
  const [row] = connection.all(
    `insert into channel_members (channel_id, person_id, person_name, role, since_ms) values (?, ?, ?, ?, ?)
     on conflict (channel_id, person_id) do update set person_name = excluded.person_name, role = excluded.role
     returning *`,
    ...[channelId, person.id, person.name, role, Date.now()],
  );
  return memberOf(row as Row);
}

/** The rank of the active sanction's moderator, if there is one. */
function rankOf(
  connection: Connection,
  { person, channel, kind }: Pick<Sanction, 'kind' | 'person' | 'channel'>,
): number | undefined {
  const row = connection.get(
    'select rank from sanctions where person_id = ? and channel = ? and kind = ? and until_ms > ?',
    ...[person, channel ?? '', kind, Date.now()],
  );
  return row && Number(row.rank);
}

/** Sanctions without a channel are counted separately. */
function hasTooMany(connection: Connection, channel: string | undefined): boolean {
  const count = connection.get(
    `select count(*) as n, count(*) filter (where channel = ?1) as here from sanctions where (channel = '') = (?1 = '')`,
    channel ?? '',
  );
  const hereFull = channel !== undefined && Number(count?.here) >= MAX_SANCTIONS_PER_CHANNEL;
  return hereFull || Number(count?.n) >= MAX_SANCTIONS;
}

/** Records a change of access: nodes notice it by the version. */
function bumpAccess(connection: Connection, channel: string | undefined, person: string | undefined): void {
  connection.run(`update meta set value = value + 1 where name = 'access'`);
  const version = Number(connection.get(`select value from meta where name = 'access'`)?.value);
  connection.run('delete from access_changes where version <= ?', version - MAX_CHANGES_KEPT);
  connection.run(
    'insert into access_changes (version, channel, person_id) values (?, ?, ?)',
    ...[version, channel ?? null, person ?? null],
  );
}
