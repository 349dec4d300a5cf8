export type {
  AuditLine,
  AuditOptions,
  AuditPage,
  CallOptions,
  ChannelInfo,
  ChannelList,
  ChannelListing,
  ChannelSettings,
  ExcerptPiece,
  ListOptions,
  LogOptions,
  LogPage,
  Member,
  MemberList,
  NewChannel,
  NewMember,
  Page,
  PageOptions,
  Pin,
  PostOptions,
  Revision,
  RevisionList,
  RevisionOptions,
  Revocation,
  Sanction,
  SearchHit,
  SearchOptions,
  SearchResults,
  Session,
  Visibility,
} from './calls.ts';
export { Carillon, type CarillonOptions } from './carillon.ts';
export type { Channel } from './channel.ts';
export { CarillonError, type ErrorCode } from './error.ts';
export type { EventSourceConstructor, EventSourceLike } from './event-source.ts';
export type { ChannelEvent, EventsOptions, Reset } from './follow.ts';
export { newKey } from './key.ts';
export { bodyFits, CHANNEL_PATTERN, MAX_NAME_LENGTH, MAX_REQUEST_BYTES } from './limits.ts';
export { pages } from './pages.ts';
export type {
  Author,
  Change,
  ChangeType,
  DeniedEvent,
  Grants,
  IdentityKind,
  LogEvent,
  Message,
  OpenEvent,
  PresenceEvent,
  Reaction,
  ResetEvent,
  TypingEvent,
} from './protocol.ts';
export { isKnownChange } from './protocol.ts';
export type { StreamState } from './stream-state.ts';
export type { Hole, Start, SubscribeOptions, Subscription } from './subscription.ts';
export type { Token } from './token.ts';
