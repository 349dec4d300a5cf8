import type {
  AccessChange,
  AuditAct,
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

/** What of a channel's settings is to change. */
export type Given = Partial<Pick<ChannelSettings, 'visibility' | 'topic' | 'archived'>>;

/** What of `given` is not so yet. */
export function differences(before: ChannelSettings, given: Given): Given {
  return {
    ...(given.visibility !== undefined &&
      given.visibility !== before.visibility && { visibility: given.visibility }),
    ...(given.topic !== undefined && given.topic !== before.topic && { topic: given.topic }),
    ...(given.archived !== undefined && given.archived !== before.archived && { archived: given.archived }),
  };
}

/** A row of `channel_settings`, or what stands for one, as the settings they are. */
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

/** A row of `channel_members` as the member it is. */
export function memberOf(row: Row): Member {
  return {
    person: { id: String(row.person_id), name: String(row.person_name) },
    role: row.role as Role,
    since: time(row.since_ms),
  };
}

/** A row of `sanctions`, with how long it still holds (`remaining_ms`), as the sanction it is. */
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

/** A row of `revocations`, with how long it is kept (`remaining_ms`), as the revocation it is. */
export function revocationOf(row: Row): Revocation {
  const session = String(row.session);
  return {
    person: String(row.person_id),
    ...(session !== '' && { session }),
    beforeMs: Number(row.before_ms),
    remainingMs: Number(row.remaining_ms),
  };
}

/** A row of `audit` as the line it is. */
export function lineOf(row: Row): AuditLine {
  return {
    id: Number(row.id),
    at: time(row.at_ms),
    by: { id: String(row.by_id), name: String(row.by_name) },
    act: row.act as AuditAct,
    ...(row.channel !== null && { channel: String(row.channel) }),
    ...(row.person_id !== null && { person: String(row.person_id) }),
    details: JSON.parse(String(row.details)),
  };
}

/** A row of `access_changes` as the change it is. */
export function accessChangeOf({ channel, person_id }: Row): AccessChange {
  return {
    ...(channel !== null && { channel: String(channel) }),
    ...(person_id !== null && { person: String(person_id) }),
  };
}
