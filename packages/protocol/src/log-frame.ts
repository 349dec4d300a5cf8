import { CHANGE_LINE, isChange, type LogEvent } from './change.ts';
import { formatCursor } from './cursor.ts';
import { jsonFrame } from './frame.ts';

/**
 * The frame of a log event on a stream of one channel: it carries the cursor. A message has no `event:` line, so
 * `onmessage` receives it; all changes have the same line, and their type in the data.
 */
export function logFrame(epoch: string, event: LogEvent): string {
  const id = formatCursor(epoch, event.seq);
  return jsonFrame(isChange(event) ? { event: CHANGE_LINE, id } : { id }, event);
}

/** The frame of a log event on a stream of several channels: the last frame of each write carries the cursor. */
export function sharedLogFrame(event: LogEvent): string {
  return jsonFrame(isChange(event) ? { event: CHANGE_LINE } : {}, event);
}
