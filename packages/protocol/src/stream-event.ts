import { CHANGE_LINE, CHANGES, type ChangeType, isChangeType } from './change.ts';
import { drainEvent, heartbeatEvent, openEvent, presenceEvent, resetEvent, typingEvent } from './event.ts';
import { deniedEvent } from './identity.ts';
import { message } from './message.ts';

/** Everything that a stream carries: messages, changes by type, and events outside the log. */
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

/** The values of an `event:` line. */
export type EventLine = Exclude<StreamEventName, 'message' | ChangeType> | typeof CHANGE_LINE;

/** The `event:` line of the event with this name; undefined for a message, which has none. */
export function eventLineOf(name: StreamEventName): EventLine | undefined {
  if (name === 'message') return undefined;
  return isChangeType(name) ? CHANGE_LINE : name;
}
