import type { Author, Change } from '@carillon/protocol';

export type Visibility = 'public' | 'private';

/** An owner moderates the channel. */
export type Role = 'member' | 'owner';

/** What a channel is about, whether it takes posts, and who may read it. */
export interface ChannelSettings {
  visibility: Visibility;
  /** Empty where there is none. */
  topic: string;
  archived: boolean;
  /** Undefined where the channel came to be by a post. */
  createdAt?: string;
  createdBy?: Author;
}

export interface Member {
  person: Author;
  role: Role;
  /** ISO 8601. */
  since: string;
}

/** What decides about a channel: its settings, and of its members those that matter (of a public one its owners). */
export interface ChannelState {
  channel: string;
  visibility: Visibility;
  archived: boolean;
  roles: ReadonlyMap<string, Role>;
}

/** `mute`: reads, and writes nothing. `ban`: does not read either. */
export type SanctionKind = 'mute' | 'ban';

export interface Sanction {
  kind: SanctionKind;
  /** Id of the person. */
  person: string;
  /** Undefined: everywhere. */
  channel?: string;
  reason: string;
  by: Author;
  /** The rights of who made it, a number: who has more is not touched by it. */
  rank: number;
  /** ISO 8601, by the store's clock. */
  until: string;
  /** How long it still holds, ms. */
  remainingMs: number;
}

/** A session, or all that a person has from before a time, that is not good any more. */
export interface Revocation {
  /** Id of the person. */
  person: string;
  /** Undefined: all of the person's sessions and tokens that were issued up to `beforeMs`. */
  session?: string;
  /** ms since 1970, by the store's clock. */
  beforeMs: number;
  /** How long it is kept, ms: no such session or token lives longer. */
  remainingMs: number;
}

/** One act of a moderator, or of an owner. */
export interface AuditLine {
  id: number;
  at: string;
  by: Author;
  act: AuditAct;
  channel?: string;
  /** Id of the person it is about. */
  person?: string;
  /** What else there is to say, by name. */
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
export type AuditAct = (typeof AUDIT_ACTS)[number];

/** A line that has no place in the audit yet. */
export type NewAuditLine = Omit<AuditLine, 'id' | 'at'>;

/** Something that decides has changed: of a channel, of a person, of a person on a channel; of everything where it says neither. */
export interface AccessChange {
  channel?: string;
  person?: string;
}

export interface NewChannel extends Pick<ChannelSettings, 'visibility' | 'topic'> {
  channel: string;
  /** Besides who makes it, who becomes its owner. */
  members: readonly { person: Author; role: Role }[];
}

export interface NewSanction extends Omit<Sanction, 'until' | 'remainingMs'> {
  /** How long it is to hold, ms. */
  ms: number;
}

/** Every list of members is read whole where a channel is used. */
export const MAX_MEMBERS = 1_000;

/**
 * Mutes and bans that hold at the same time everywhere, and as many on channels: each node has all of them in memory, some 8 MiB.
 * Counted apart, so that owners of channels cannot use up what keeps somebody out everywhere.
 */
export const MAX_SANCTIONS = 10_000;

/** Those of one channel, which its owner makes: no one channel uses up what is for all. */
export const MAX_SANCTIONS_PER_CHANNEL = 200;

/** Revocations that hold at the same time, of sessions and of people each: as for mutes and bans. */
export const MAX_REVOCATIONS = 25_000;

/**
 * Who may use a channel, and what moderators did: beside the log, in the same store. Each change that decides about access moves
 * the version on in its own transaction, and is told by `changes`, so that every node learns of it by asking for one row.
 * Every method throws HistoryUnavailable where the store cannot be reached.
 */
export interface ChannelAccess {
  /** Makes a channel, its maker the owner. `exists`: there is one, by a call or by a post; nothing was done. */
  create(
    channel: NewChannel,
    by: Author,
  ): Promise<
    | { outcome: 'created'; settings: ChannelSettings; change: Change }
    | { outcome: 'exists' }
    | { outcome: 'full' }
  >;

  /** Undefined where there is no such channel. */
  settings(channel: string): Promise<ChannelSettings | undefined>;

  /** Changes what is given. The log gets an event of it, in the same transaction. */
  configure(
    channel: string,
    given: Partial<Pick<ChannelSettings, 'visibility' | 'topic' | 'archived'>>,
    by: Author,
  ): Promise<
    | { outcome: 'changed'; settings: ChannelSettings; change: Change }
    | { outcome: 'unchanged'; settings: ChannelSettings }
    | { outcome: 'missing' }
  >;

  /** By id, those after `after`, at most `limit`. */
  members(channel: string, after: string, limit: number): Promise<Member[]>;

  /** Makes somebody a member, or gives one another role or name. `full`: it has {@link MAX_MEMBERS}. */
  setMember(
    channel: string,
    member: { person: Author; role: Role },
    by: Author,
  ): Promise<
    | { outcome: 'added' | 'changed' | 'unchanged'; member: Member }
    | { outcome: 'full' }
    | { outcome: 'missing' }
  >;

  /** Whether there was such a member. */
  removeMember(channel: string, person: string, by: Author): Promise<boolean>;

  /**
   * Mutes or bans, anew where it was so already. `outranked`: one with more rights did it before. `full`: {@link MAX_SANCTIONS}
   * hold, or on this channel {@link MAX_SANCTIONS_PER_CHANNEL}.
   */
  sanction(
    sanction: NewSanction,
  ): Promise<{ outcome: 'set'; sanction: Sanction } | { outcome: 'full' } | { outcome: 'outranked' }>;

  /** Ends a mute or a ban. */
  lift(
    sanction: Pick<Sanction, 'kind' | 'person' | 'channel' | 'by' | 'rank'>,
  ): Promise<'lifted' | 'missing' | 'outranked'>;

  /** Those that hold on this channel (everywhere, where undefined), by the person's id, those after `after`. */
  sanctions(
    kind: SanctionKind,
    channel: string | undefined,
    after: string,
    limit: number,
  ): Promise<Sanction[]>;

  /**
   * Ends a session, or all that the person has until now. It is kept for `ms`, longer than any of them lives. Without `by`
   * the person did it, and the audit has no line of it. `full`: too many hold, and nothing was done.
   */
  revoke(
    revocation: { person: string; session?: string; ms: number },
    by?: Author,
  ): Promise<{ outcome: 'revoked'; beforeMs: number } | { outcome: 'full' }>;

  /**
   * Takes back that all of a person's sessions and tokens of before a time are ended; sessions that were ended one by one stay so.
   * Whether there was something to take back.
   */
  unrevoke(person: string, by: Author): Promise<boolean>;

  /** Lines of one channel, or all; those before `before` (the newest where undefined), newest first. */
  audit(channel: string | undefined, before: number | undefined, limit: number): Promise<AuditLine[]>;

  /**
   * The version, and what has changed since `version`, oldest first and not more than {@link MAX_CHANGES_TOLD}: ask again from the
   * `version` that it gives. `changes` is undefined where they are not known any more.
   */
  changes(version: number): Promise<{ version: number; changes: AccessChange[] | undefined }>;

  /** The states of those of these channels that are there. */
  states(channels: readonly string[]): Promise<Map<string, ChannelState>>;

  /** Mutes, bans and revocations that hold; only of these people where they are given. */
  standing(people?: readonly string[]): Promise<{ sanctions: Sanction[]; revocations: Revocation[] }>;
}

/** What a node that asks twice a second can have missed in half an hour of some five changes a second; it reads all anew else. */
export const MAX_CHANGES_KEPT = 10_000;

/** Lines of the audit older than this are dropped, ms: a bit over a year. By age alone, so that nobody can wash one away with others. */
export const AUDIT_MS = 400 * 24 * 60 * 60 * 1_000;

/** Changes told in one answer. */
export const MAX_CHANGES_TOLD = 1_000;
