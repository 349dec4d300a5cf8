import type {
  AccessChange,
  AuditAction,
  AuditLine,
  ChannelSettings,
  Member,
  Revocation,
  Role,
  Sanction,
  SanctionKind,
} from './access.ts';
import type { Row } from './database.ts';
import { time } from './event-row.ts';

/** The settings of a channel that a caller wants to change. */
export type SettingsPatch = Partial<Pick<ChannelSettings, 'visibility' | 'topic' | 'archived'>>;

/** The part of `given` that differs from the current settings. */
export function differences(before: ChannelSettings, given: SettingsPatch): SettingsPatch {
  return {
    ...(given.visibility !== undefined &&
      given.visibility !== before.visibility && { visibility: given.visibility }),
    ...(given.topic !== undefined && given.topic !== before.topic && { topic: given.topic }),
    ...(given.archived !== undefined && given.archived !== before.archived && { archived: given.archived }),
  };
}

/** Converts a row of `channel_settings`, or an equivalent, to settings. */
export function settingsOf(row: Row): ChannelSettings {
  return {
    visibility: row.visibility as ChannelSettings['visibility'],
    topic: String(row.topic),
    archived: row.archived_ms !== null,
    ...(row.created_ms !== null && { createdAt: time(row.created_ms) }),
    ...(row.created_by_id !== null && {
      createdBy: { id: String(row.created_by_id), name: String(row.created_by_name) },
    }),
  };
}

/** Converts a row of `channel_members` to a member. */
export function memberOf(row: Row): Member {
  return {
    person: { id: String(row.person_id), name: String(row.person_name) },
    role: row.role as Role,
    since: time(row.since_ms),
  };
}

/** Converts a row of `sanctions`, with its remaining time (`remaining_ms`), to a sanction. */
export function sanctionOf(row: Row): Sanction {
  return {
    kind: row.kind as SanctionKind,
    person: String(row.person_id),
    ...(row.channel !== '' && { channel: String(row.channel) }),
    reason: String(row.reason),
    by: { id: String(row.by_id), name: String(row.by_name) },
    rank: Number(row.rank),
    until: time(row.until_ms),
    remainingMs: Number(row.remaining_ms),
  };
}

/** Converts a row of `revocations`, with its remaining time (`remaining_ms`), to a revocation. */
export function revocationOf(row: Row): Revocation {
  const session = String(row.session);
  return {
    person: String(row.person_id),
    ...(session !== '' && { session }),
    beforeMs: Number(row.before_ms),
    remainingMs: Number(row.remaining_ms),
  };
}

/** Converts a row of `audit` to an audit line. */
export function lineOf(row: Row): AuditLine {
  return {
    id: Number(row.id),
    at: time(row.at_ms),
    by: { id: String(row.by_id), name: String(row.by_name) },
    act: row.act as AuditAction,
    ...(row.channel !== null && { channel: String(row.channel) }),
    ...(row.person_id !== null && { person: String(row.person_id) }),
    details: JSON.parse(String(row.details)),
  };
}

/** Converts a row of `access_changes` to a change. */
export function accessChangeOf({ channel, person_id }: Row): AccessChange {
  return {
    ...(channel !== null && { channel: String(channel) }),
    ...(person_id !== null && { person: String(person_id) }),
  };
}
