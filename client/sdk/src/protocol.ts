/**
 * The protocol's types, said again: `@carillon/protocol` holds them as zod schemas, and who installs this package should
 * not need those. A test holds the two equal. Times are ISO 8601.
 */

/** The author: `id` is stable, `name` is what is shown. */
export interface Author {
  id: string;
  name: string;
}

/** An emoji put to a message, and by whom. */
export interface Reaction {
  emoji: string;
  count: number;
  /** The first of them. */
  people: Author[];
  /** The caller is one of them. */
  mine?: boolean | undefined;
}

/** A message as it is now. Its identity is (channel, seq). */
export interface Message {
  channel: string;
  seq: number;
  author: Author;
  /** Empty once it was deleted. */
  body: string;
  /** seq of the message that it answers. */
  replyTo?: number | undefined;
  createdAt: string;
  /** The `Idempotency-Key` that it was posted with. */
  key?: string | undefined;
  editedAt?: string | undefined;
  deletedAt?: string | undefined;
  /** seq of the last edit or deletion that is in it: those up to it change nothing more. */
  changed?: number | undefined;
  /** In pages only; in the order they came. */
  reactions?: Reaction[] | undefined;
}

interface ChangeFields {
  channel: string;
  seq: number;
  /** Who did it. */
  author: Author;
  createdAt: string;
}

/** A message has another text: `body`, which is empty once a later edit or a deletion has taken its place. */
export interface EditEvent extends ChangeFields {
  type: 'edit';
  /** seq of the message that it is about. */
  target: number;
  body: string;
}

/** A message is gone. */
export interface DeleteEvent extends ChangeFields {
  type: 'delete';
  target: number;
}

/** Somebody put an emoji to a message, or took it back. */
export interface ReactionEvent extends ChangeFields {
  type: 'reaction';
  target: number;
  emoji: string;
  op: 'add' | 'remove';
  /** How many people have put it, after this. */
  count: number;
}

/** A message was pinned in its channel, or taken off. */
export interface PinEvent extends ChangeFields {
  type: 'pin';
  /** seq of the message. */
  message: number;
  op: 'add' | 'remove';
}

/** What of a channel's settings has changed. */
export interface ChannelSettingsEvent extends ChangeFields {
  type: 'channel';
  topic?: string | undefined;
  archived?: boolean | undefined;
  visibility?: 'public' | 'private' | undefined;
}

/** What happens in a channel beside messages: an event of its log, with a seq of its own. */
export type Change = EditEvent | DeleteEvent | ReactionEvent | ChannelSettingsEvent | PinEvent;
export type ChangeType = Change['type'];

/** Every type of change that this version knows. */
const CHANGE_TYPES: Readonly<Record<ChangeType, true>> = {
  edit: true,
  delete: true,
  reaction: true,
  channel: true,
  pin: true,
};

/** Whether a change is of a type that this version knows. A newer server may send others: pass them by. */
export function isKnownChange(change: { type: string }): change is Change {
  return Object.hasOwn(CHANGE_TYPES, change.type);
}

/** An event of a channel's log. A message has no `type`. */
export type LogEvent = Message | Change;

/** Where a channel stands: seq of the newest event, of the oldest that is kept, and of the first that this stream will send. */
interface Position {
  head: number;
  earliest: number;
  from: number;
}

/** First event of a stream. */
export interface OpenEvent {
  time: string;
  channels: Record<string, Position>;
  /** The reader; absent without an identity. */
  you?: Author | undefined;
  /** When the stream ends, unless it is opened again. */
  expiresAt?: string | undefined;
}

/** The server's clock and each channel's head. */
export interface HeartbeatEvent {
  time: string;
  heads: Record<string, number>;
  /** The store is away; the stream waits for it. */
  history?: 'away' | undefined;
}

/** Events between the reader's place and `from` will not come. */
export interface ResetEvent {
  channel: string;
  reason: 'expired' | 'epoch' | 'channels' | 'ahead' | 'unreadable';
  from: number;
  head: number;
  /** Path where what is kept can be read. */
  history: string;
}

/** The people on a channel: those with a session, each once, the first of them, and streams without one. */
export interface PresenceEvent {
  channel: string;
  count: number;
  anonymous: number;
  people: Author[];
}

/** The people who are typing on a channel, the reader too; empty once the last has stopped. */
export interface TypingEvent {
  channel: string;
  people: Author[];
}

/** The last event of a stream whose reader may not have it any longer. */
export interface DeniedEvent {
  reason: 'expired' | 'revoked' | 'banned' | 'not_allowed';
  /** The channel that it is about, where it is about one. */
  channel?: string | undefined;
  detail: string;
}

/** Channels somebody may use: names, and patterns in which `*` stands for any characters. */
export interface Grants {
  subscribe: string[];
  publish: string[];
  moderate: string[];
}

export type IdentityKind = 'anonymous' | 'guest' | 'person' | 'service';

/** What is wrong with one field of what was sent. */
export interface FieldError {
  field: string;
  detail: string;
}

/** Every error the server answers with. */
export type ProblemCode =
  | 'bad_request'
  | 'bad_json'
  | 'bad_encoding'
  | 'unauthenticated'
  | 'forbidden'
  | 'muted'
  | 'banned'
  | 'not_found'
  | 'method_not_allowed'
  | 'not_acceptable'
  | 'key_reused'
  | 'exists'
  | 'archived'
  | 'deleted'
  | 'limit_reached'
  | 'body_too_large'
  | 'unsupported_media_type'
  | 'invalid'
  | 'rate_limited'
  | 'headers_too_large'
  | 'internal'
  | 'not_configured'
  | 'node_away'
  | 'history_away'
  | 'presence_away'
  | 'identity_away'
  | 'jobs_away'
  | 'outcome_unknown'
  | 'busy'
  | 'too_slow'
  | 'store_full';

/** An error as it is on the wire (RFC 9457). */
export interface ProblemDocument {
  type: string;
  title: string;
  status: number;
  code: ProblemCode;
  detail: string;
  errors?: FieldError[] | undefined;
  /** When a mute or a ban ends. */
  until?: string | undefined;
}
