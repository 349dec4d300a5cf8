import { CHANGE_LINE, CHANGES, type ChangeType, isChangeType } from './change.ts';
import { drainEvent, heartbeatEvent, openEvent, presenceEvent, resetEvent, typingEvent } from './event.ts';
import { deniedEvent } from './identity.ts';
import { message } from './message.ts';

/** All that comes in a stream: messages, changes by their types, and what is not of the log. */
export const STREAM_EVENTS = {
  message,
  ...(Object.fromEntries(Object.entries(CHANGES).map(([type, { event }]) => [type, event])) as {
    [Type in ChangeType]: (typeof CHANGES)[Type]['event'];
  }),
  open: openEvent,
  heartbeat: heartbeatEvent,
  presence: presenceEvent,
  typing: typingEvent,
  reset: resetEvent,
  drain: drainEvent,
  denied: deniedEvent,
} as const;

export type StreamEventName = keyof typeof STREAM_EVENTS;

/** What stands in an `event:` line. */
export type EventLine = Exclude<StreamEventName, 'message' | ChangeType> | typeof CHANGE_LINE;

/** The `event:` line of what has this name; undefined for a message, which has none. */
export function eventLineOf(name: StreamEventName): EventLine | undefined {
  if (name === 'message') return undefined;
  return isChangeType(name) ? CHANGE_LINE : name;
}
