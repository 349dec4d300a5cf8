import type { Author, Change } from '@carillon/protocol';

export type Visibility = 'public' | 'private';

/** An owner moderates the channel. */
export type Role = 'member' | 'owner';

/** A channel's topic, whether it accepts posts, and who may read it. */
export interface ChannelSettings {
  visibility: Visibility;
  /** Empty without a topic. */
  topic: string;
  archived: boolean;
  /** Undefined if the channel was created by a post. */
  createdAt?: string;
  createdBy?: Author;
}

export interface Member {
  person: Author;
  role: Role;
  /** ISO 8601. */
  since: string;
}

/** What decides about access to a channel: its settings, and the relevant members (for a public channel its owners). */
export interface ChannelState {
  channel: string;
  visibility: Visibility;
  archived: boolean;
  roles: ReadonlyMap<string, Role>;
}

/** `mute`: may read, but not write. `ban`: may not read either. */
export type SanctionKind = 'mute' | 'ban';

export interface Sanction {
  kind: SanctionKind;
  /** Id of the person. */
  person: string;
  /** Undefined: everywhere. */
  channel?: string;
  reason: string;
  by: Author;
  /** The rank of the moderator, a number: a person of higher rank is not affected. */
  rank: number;
  /** ISO 8601, by the store's clock. */
  until: string;
  /** The remaining time, ms. */
  remainingMs: number;
}

/** A session that was ended, or all of a person's sessions and tokens from before a time. */
export interface Revocation {
  /** Id of the person. */
  person: string;
  /** Undefined: all of the person's sessions and tokens that were issued up to `beforeMs`. */
  session?: string;
  /** ms since 1970, by the store's clock. */
  beforeMs: number;
  /** How long it is kept, ms: no such session or token is valid for longer. */
  remainingMs: number;
}

/** An action of a moderator or an owner. */
export interface AuditLine {
  id: number;
  at: string;
  by: Author;
  act: AuditAction;
  channel?: string;
  /** Id of the person it concerns. */
  person?: string;
  /** Further details, by name. */
  details: Readonly<Record<string, string | number | boolean>>;
}

export const AUDIT_ACTS = [
  'create',
  'settings',
  'member',
  'leave',
  'mute',
  'unmute',
  'ban',
  'unban',
  'revoke',
  'unrevoke',
  'edit_message',
  'delete_message',
  'pin_message',
  'unpin_message',
] as const;
export type AuditAction = (typeof AUDIT_ACTS)[number];

/** An audit line that is not stored yet. */
export type NewAuditLine = Omit<AuditLine, 'id' | 'at'>;

/**
 * An access rule changed: of a channel, of a person, or of a person on a channel. With neither field, anything may have
 * changed.
 */
export interface AccessChange {
  channel?: string;
  person?: string;
}

export interface NewChannel extends Pick<ChannelSettings, 'visibility' | 'topic'> {
  channel: string;
  /** Members besides the creator, who becomes the owner. */
  members: readonly { person: Author; role: Role }[];
}

export interface NewSanction extends Omit<Sanction, 'until' | 'remainingMs'> {
  /** Duration, ms. */
  ms: number;
}

/** A channel's list of members is loaded as a whole when the channel is used. */
export const MAX_MEMBERS = 1_000;

/**
 * Active mutes and bans everywhere, and as many on channels: each node has all of them in memory, about 8 MiB. They are
 * counted separately, so that owners of channels cannot use up the limit for bans from everything.
 */
export const MAX_SANCTIONS = 10_000;

/** Limit per channel, whose owner makes them: no single channel can use up the total. */
export const MAX_SANCTIONS_PER_CHANNEL = 200;

/** Active revocations, of sessions and of people each, for the same reason. */
export const MAX_REVOCATIONS = 25_000;

/**
 * Who may use a channel, and the audit of moderation: stored next to the log. Each change of access increments the
 * version in its own transaction and is listed by `changes`, so that every node learns about it by reading one row.
 * Every method throws HistoryUnavailable if the store cannot be reached.
 */
export interface ChannelAccess {
  /**
   * Creates a channel, with its creator as owner. `exists`: the channel exists, by a call or a post; nothing was done.
   */
  create(
    channel: NewChannel,
    by: Author,
  ): Promise<
    | { outcome: 'created'; settings: ChannelSettings; change: Change }
    | { outcome: 'exists' }
    | { outcome: 'full' }
  >;

  /** Undefined if the channel does not exist. */
  settings(channel: string): Promise<ChannelSettings | undefined>;

  /** Changes the given settings. The log gets an event for it, in the same transaction. */
  configure(
    channel: string,
    given: Partial<Pick<ChannelSettings, 'visibility' | 'topic' | 'archived'>>,
    by: Author,
  ): Promise<
    | { outcome: 'changed'; settings: ChannelSettings; change: Change }
    | { outcome: 'unchanged'; settings: ChannelSettings }
    | { outcome: 'missing' }
  >;

  /** Members after the id `after`, sorted by id, at most `limit`. */
  members(channel: string, after: string, limit: number): Promise<Member[]>;

  /** Adds a member, or changes a member's role or name. `full`: the channel has {@link MAX_MEMBERS}. */
  setMember(
    channel: string,
    member: { person: Author; role: Role },
    by: Author,
  ): Promise<
    | { outcome: 'added' | 'changed' | 'unchanged'; member: Member }
    | { outcome: 'full' }
    | { outcome: 'missing' }
  >;

  /** Resolves to whether the person was a member. */
  removeMember(channel: string, person: string, by: Author): Promise<boolean>;

  /**
   * Mutes or bans a person, replacing an existing sanction. `outranked`: the existing sanction was made by somebody of
   * higher rank. `full`: {@link MAX_SANCTIONS} are active, or {@link MAX_SANCTIONS_PER_CHANNEL} on this channel.
   */
  sanction(
    sanction: NewSanction,
  ): Promise<{ outcome: 'set'; sanction: Sanction } | { outcome: 'full' } | { outcome: 'outranked' }>;

  /** Ends a mute or a ban. */
  lift(
    sanction: Pick<Sanction, 'kind' | 'person' | 'channel' | 'by' | 'rank'>,
  ): Promise<'lifted' | 'missing' | 'outranked'>;

  /**
   * The active sanctions on this channel (everywhere if undefined), sorted by the person's id, after the id `after`.
   */
  sanctions(
    kind: SanctionKind,
    channel: string | undefined,
    after: string,
    limit: number,
  ): Promise<Sanction[]>;

  /**
   * Ends a session, or all of the person's sessions and tokens issued until now. The revocation is kept for `ms`,
   * longer than any of them is valid. Without `by` the person did it, and no audit line is written. `full`: too many
   * are active; nothing was done.
   */
  revoke(
    revocation: { person: string; session?: string; ms: number },
    by?: Author,
  ): Promise<{ outcome: 'revoked'; beforeMs: number } | { outcome: 'full' }>;

  /**
   * Withdraws the revocation of all of a person's sessions and tokens; sessions that were ended one by one stay ended.
   * Resolves to whether there was such a revocation.
   */
  unrevoke(person: string, by: Author): Promise<boolean>;

  /** Audit lines of one channel or of all, before the id `before` (from the newest if undefined), newest first. */
  audit(channel: string | undefined, before: number | undefined, limit: number): Promise<AuditLine[]>;

  /**
   * The current version, and the changes since `version`, oldest first and at most {@link MAX_CHANGES_TOLD}: call again
   * with the returned `version` for more. `changes` is undefined if the store no longer knows them.
   */
  changes(version: number): Promise<{ version: number; changes: AccessChange[] | undefined }>;

  /** The states of these channels; channels that do not exist are left out. */
  states(channels: readonly string[]): Promise<Map<string, ChannelState>>;

  /** The active mutes, bans and revocations; only of these people if given. */
  activeSanctions(people?: readonly string[]): Promise<{ sanctions: Sanction[]; revocations: Revocation[] }>;
}

/**
 * How many changes a node that polls can miss and still catch up: half an hour of about five changes a second.
 * Otherwise it reloads everything.
 */
export const MAX_CHANGES_KEPT = 10_000;

/**
 * Audit lines older than this are deleted, ms: a little over a year. By age alone, so that nobody can push out a line
 * by causing others.
 */
export const AUDIT_MS = 400 * 24 * 60 * 60 * 1_000;

/** Changes in one answer. */
export const MAX_CHANGES_TOLD = 1_000;
