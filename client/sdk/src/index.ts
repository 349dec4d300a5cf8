export type {
  Author,
  Change,
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
} from '@carillon/protocol';
export {
  Carillon,
  type CarillonOptions,
  type ChannelList,
  type ChannelListing,
  type Page,
  type PageOptions,
  type PostOptions,
} from './carillon.ts';
export { CarillonError, type ErrorCode } from './error.ts';
export type { EventSourceConstructor, EventSourceLike } from './event-source.ts';
export { newKey } from './key.ts';
export { bodyFits, CHANNEL_PATTERN, MAX_NAME_LENGTH, MAX_REQUEST_BYTES } from './limits.ts';
export type { StreamState } from './stream-state.ts';
export type { Hole, SubscribeOptions, Subscription } from './subscribe.ts';
