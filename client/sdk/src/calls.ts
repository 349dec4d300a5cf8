import type { Author, Grants, IdentityKind, LogEvent, Message } from './protocol.ts';

/** What any call takes. */
export interface CallOptions {
  signal?: AbortSignal;
}

export interface PostOptions extends CallOptions {
  /** The `Idempotency-Key`; a new one where left out. All attempts carry the same, so a message is never doubled. */
  key?: string;
  /** seq of the message this one answers. */
  replyTo?: number;
  /** For how long to try again while the server cannot be reached, milliseconds. */
  retryForMs?: number;
}

export interface PageOptions extends CallOptions {
  /** Messages with a smaller seq than this, the newest of them. */
  before?: number;
  /** Messages with a greater seq than this, the oldest of them. */
  after?: number;
  limit?: number;
}

export interface LogOptions extends CallOptions {
  /** Events with a greater seq than this, the oldest of them. */
  after?: number;
  limit?: number;
}

export interface ListOptions extends CallOptions {
  /** Those after this one: `next` of the page before. */
  after?: string | undefined;
  limit?: number;
}

export interface RevisionOptions extends CallOptions {
  /** Those after the one with this seq: `next` of the page before. */
  after?: number | undefined;
  limit?: number;
}

export interface AuditOptions extends CallOptions {
  /** Lines of this channel; without it of all, for who moderates all. */
  channel?: string;
  /** Lines before the one with this id: `next` of the page before. */
  before?: number | undefined;
  limit?: number;
}

export interface SearchOptions extends CallOptions {
  /** In these channels only. */
  channels?: readonly string[];
  /** Where the results go on: `next` of the page before. */
  cursor?: string | undefined;
  limit?: number;
}

/** Messages of one channel as they are now, oldest first, and where its log begins and ends. */
export interface Page {
  channel: string;
  messages: Message[];
  head: number;
  earliest: number;
}

/** A run of a channel's log, without holes. */
export interface LogPage {
  channel: string;
  events: LogEvent[];
  head: number;
  earliest: number;
}

export type Visibility = 'public' | 'private';

/** What a channel is. */
export interface ChannelInfo {
  channel: string;
  head: number;
  earliest: number;
  /** When its newest event was committed, ISO 8601, where that is known. */
  lastAt?: string;
  topic?: string;
  visibility?: Visibility;
  archived?: boolean;
}

/** A channel in the list, as it is for the caller. */
export interface ChannelListing extends ChannelInfo {
  lastAt: string;
  /** The last message; a long text is cut. */
  last?: Message;
  /** Messages after the read cursor, and those of them that mention the caller. Absent without an identity. */
  unread?: number;
  mentions?: number;
  /** seq up to which the caller has read, 0 where never. Absent without an identity. */
  read?: number;
}

export interface ChannelList {
  channels: ChannelListing[];
  /** Where the list goes on, for {@link ListOptions.after}; undefined at its end. */
  next?: string | undefined;
}

export interface ChannelSettings {
  topic?: string;
  visibility?: Visibility;
  archived?: boolean;
}

export interface NewChannel extends Omit<ChannelSettings, 'archived'> {
  /** Besides the caller, who becomes its owner. */
  members?: readonly NewMember[];
}

export interface NewMember {
  id: string;
  /** The id where it is left out. */
  name?: string;
  /** An owner moderates the channel. */
  role?: 'member' | 'owner';
}

export interface Member extends Required<NewMember> {
  /** ISO 8601 */
  since: string;
}

/** Those who may use a private channel, or own a public one. */
export interface MemberList {
  members: Member[];
  /** Where the list goes on, for {@link ListOptions.after}; undefined at its end. */
  next?: string | undefined;
}

/** A text that a message has or had. */
export interface Revision {
  /** Of the message itself, or of the edit. */
  seq: number;
  author: Author;
  body: string;
  createdAt: string;
}

export interface RevisionList {
  /** Oldest first. */
  revisions: Revision[];
  /** Where the list goes on, for {@link RevisionOptions.after}; undefined at its end. */
  next?: number | undefined;
}

/** A message that is pinned in its channel. */
export interface Pin {
  /** As it is now, without its reactions. */
  message: Message;
  /** Who pinned it, when, and the seq of that. */
  author: Author;
  createdAt: string;
  seq: number;
}

/** Something that a moderator or an owner has done. */
export interface AuditLine {
  id: number;
  /** ISO 8601. */
  at: string;
  by: Author;
  act: string;
  channel?: string;
  /** Id of whom it is about. */
  person?: string;
  details: Record<string, string | number | boolean>;
}

export interface AuditPage {
  /** Newest first. */
  lines: AuditLine[];
  /** Where it goes on, for {@link AuditOptions.before}; undefined at its end. */
  next?: number | undefined;
}

/** Sessions and tokens of a person that were issued up to then are not good any more. */
export interface Revocation {
  person: string;
  /** ISO 8601. */
  before: string;
}

/** For how long somebody may not write, or not come, and why. */
export interface Sanction {
  seconds: number;
  /** Shown to the person, and kept in the audit log. */
  reason?: string;
}

/** The caller as the server knows them, and what they may do. */
export interface Session extends Author {
  kind: IdentityKind;
  auth: {
    mode: 'open' | 'jwt' | 'oidc';
    /** Where signing in begins. */
    signIn?: string;
  };
  grants: Grants;
  /** When it ends, ISO 8601. */
  expiresAt?: string;
}

/** A piece of an excerpt. Together the pieces are plain text, never markup. */
export interface ExcerptPiece {
  text: string;
  /** It is what was looked for. */
  match?: true;
}

/** A message that was found, and the text around what was found in it. */
export interface SearchHit {
  channel: string;
  seq: number;
  author: Author;
  createdAt: string;
  editedAt?: string;
  replyTo?: number;
  excerpt: ExcerptPiece[];
}

export interface SearchResults {
  results: SearchHit[];
  /** Where the results go on, for {@link SearchOptions.cursor}; undefined at their end. */
  next?: string | undefined;
}
