import type { Change, LogEvent, Message } from '@carillon/client';
import type { HeldMessage } from './apply-change.ts';
import type { Timeline } from './timeline.ts';

/** What is dropped can be read again. */
export const MAX_HELD = 1_000;

/** The timeline with as many messages as are held, of one of its ends. */
export function trimmed(timeline: Timeline, keep: 'newest' | 'oldest'): Timeline {
  const { messages } = timeline;
  if (messages.length <= MAX_HELD) return timeline;
  if (keep === 'newest') {
    const kept = messages.slice(-MAX_HELD);
    return { ...timeline, messages: kept, from: kept[0]?.seq ?? timeline.from };
  }
  const kept = messages.slice(0, MAX_HELD);
  return { ...timeline, messages: kept, to: kept.at(-1)?.seq ?? timeline.to };
}

/** What is held stays the same object: its row need not be drawn again. */
export function merge(
  held: readonly HeldMessage[],
  incoming: readonly HeldMessage[],
): readonly HeldMessage[] {
  if (incoming.length === 0) return held;
  const last = held.at(-1)?.seq ?? 0;
  if (incoming.every(({ seq }, index) => seq > (incoming[index - 1]?.seq ?? last)))
    return [...held, ...incoming];
  const bySeq = new Map(held.map((message) => [message.seq, message]));
  for (const message of incoming) if (!bySeq.has(message.seq)) bySeq.set(message.seq, message);
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

/** As the stream or a post's answer gives it: reactions come after it. */
export function streamed(message: Message): HeldMessage {
  return { ...message, asOf: message.seq };
}

/** Changes have a `type`, messages have none. */
export function isChange(event: LogEvent): event is Change {
  return 'type' in event;
}

/** See {@link isChange}. */
export function isMessage(event: LogEvent): event is Message {
  return !isChange(event);
}
