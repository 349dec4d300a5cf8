import { channelEvent, deleteEvent, editEvent, reactionEvent } from './change.ts';
import { drainEvent, heartbeatEvent, openEvent, presenceEvent, resetEvent, typingEvent } from './event.ts';
import { deniedEvent } from './identity.ts';
import { message } from './message.ts';

/** All that comes in a stream, by the name in its `event:` line; a message has no such line. */
export const STREAM_EVENTS = {
  message,
  edit: editEvent,
  delete: deleteEvent,
  reaction: reactionEvent,
  channel: channelEvent,
  open: openEvent,
  heartbeat: heartbeatEvent,
  presence: presenceEvent,
  typing: typingEvent,
  reset: resetEvent,
  drain: drainEvent,
  denied: deniedEvent,
} as const;

export type StreamEventName = keyof typeof STREAM_EVENTS;
