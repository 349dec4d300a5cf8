import {
  type AccessChange,
  type AuditLine,
  type ChannelSettings,
  type ChannelState,
  MAX_CHANGES_TOLD,
  type Member,
  type Revocation,
  type Role,
  type Sanction,
  type SanctionKind,
} from '../access.ts';
import { accessChangeOf, lineOf, memberOf, revocationOf, sanctionOf, settingsOf } from '../access-row.ts';
import { channelOf } from './channels.ts';
import type { Connection, Row } from './connection.ts';

/* The reads of ChannelAccess, each in the caller's transaction. */

/** A channel's settings; undefined if the channel does not exist. In a transaction. */
export function readSettings(connection: Connection, channel: string): ChannelSettings | undefined {
  const row = channelOf(connection, channel);
  if (row === undefined) return undefined;
  const settings = connection.get('select * from channel_settings where channel_id = ?', row.id);
  if (settings === undefined) return { visibility: 'public', topic: '', archived: false };
  return settingsOf(settings);
}

/** Members after the id `after`, sorted by id, at most `limit`. In a transaction. */
export function readMembers(connection: Connection, channel: string, after: string, limit: number): Member[] {
  const row = channelOf(connection, channel);
  if (row === undefined) return [];
  return connection
    .all(
      'select * from channel_members where channel_id = ? and person_id > ? order by person_id limit ?',
      ...[row.id, after, limit],
    )
    .map(memberOf);
}

/** One member by id; undefined if the person is not a member. In a transaction. */
export function readMember(connection: Connection, channelId: number, person: string): Member | undefined {
  const text = 'select * from channel_members where channel_id = ? and person_id = ?';
  const row = connection.get(text, channelId, person);
  return row && memberOf(row);
}

/** The active sanctions as ChannelAccess.sanctions says. In a transaction. */
export function readSanctions(
  connection: Connection,
  kind: SanctionKind,
  channel: string | undefined,
  after: string,
  limit: number,
): Sanction[] {
  const now = Date.now();
  return connection
    .all(
      `select * from sanctions where channel = ? and kind = ? and person_id > ? and until_ms > ?
       order by person_id limit ?`,
      ...[channel ?? '', kind, after, now, limit],
    )
    .map((row) => sanctionOf(remaining(row, now)));
}

/** Audit lines before the id `before`, newest first, at most `limit`. In a transaction. */
export function readAudit(
  connection: Connection,
  channel: string | undefined,
  before: number | undefined,
  limit: number,
): AuditLine[] {
  const end = before ?? Number.MAX_SAFE_INTEGER;
  const rows =
    channel === undefined
      ? connection.all('select * from audit where id < ? order by id desc limit ?', end, limit)
      : connection.all(
          'select * from audit where channel = ? and id < ? order by id desc limit ?',
          ...[channel, end, limit],
        );
  return rows.map(lineOf);
}

/** The access version and the changes since `version`, as ChannelAccess.changes says. In a transaction. */
export function readAccessChanges(
  connection: Connection,
  version: number,
): { version: number; changes: AccessChange[] | undefined } {
  const now = Number(connection.get(`select value from meta where name = 'access'`)?.value ?? 0);
  if (now === version) return { version, changes: [] };
  const listed = connection.all(
    'select * from access_changes where version > ? order by version limit ?',
    version,
    MAX_CHANGES_TOLD,
  );
  // The oldest are deleted; and a store that was restored to an earlier state is a different one.
  if (now < version || Number(listed[0]?.version) !== version + 1)
    return { version: now, changes: undefined };
  const last = listed.length === MAX_CHANGES_TOLD ? Number(listed.at(-1)?.version) : now;
  return { version: last, changes: listed.map(accessChangeOf) };
}

/** The states of these channels, as ChannelAccess.states says. Private channels list all members, public ones their owners. */
export function readStates(connection: Connection, channels: readonly string[]): Map<string, ChannelState> {
  const states = new Map<string, ChannelState>();
  for (const channel of channels) {
    const row = channelOf(connection, channel);
    const settings = row && readSettings(connection, channel);
    if (row === undefined || settings === undefined) continue;
    const { visibility, archived } = settings;
    const members = connection.all(
      `select person_id, role from channel_members where channel_id = ? and (role = 'owner' or ?)`,
      ...[row.id, visibility === 'private' ? 1 : 0],
    );
    const roles = new Map(members.map(({ person_id, role }) => [String(person_id), role as Role]));
    states.set(channel, { channel, visibility, archived, roles });
  }
  return states;
}

/** The active mutes, bans and revocations; only of these people if given. In a transaction. */
export function readActiveSanctions(
  connection: Connection,
  people: readonly string[] | undefined,
): { sanctions: Sanction[]; revocations: Revocation[] } {
  const now = Date.now();
  const rowsOf = (table: 'sanctions' | 'revocations') =>
    people === undefined
      ? connection.all(`select * from ${table} where until_ms > ?`, now)
      : people.flatMap((person) =>
          connection.all(`select * from ${table} where person_id = ? and until_ms > ?`, person, now),
        );
  return {
    sanctions: rowsOf('sanctions').map((row) => sanctionOf(remaining(row, now))),
    revocations: rowsOf('revocations').map((row) => revocationOf(remaining(row, now))),
  };
}

/** A row of `sanctions` or `revocations`, with its remaining time. */
export function remaining(row: Row, now: number): Row {
  return { ...row, remaining_ms: Number(row.until_ms) - now };
}
