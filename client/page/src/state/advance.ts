import type { LogEvent, Message, ResetEvent } from '@carillon/client';
import { looked, noticed, read } from './attention.ts';
import { sent, settled, withEcho } from './echoes.ts';
import { recalled, received, reset } from './log-events.ts';
import { paged, type ReadPage } from './paging.ts';
import { done } from './pending.ts';
import { quoted } from './quotes.ts';
import { type ChannelChange, type Echo, isDetached, type Pending, type Timeline } from './timeline.ts';
import { merge, streamed } from './window.ts';

/** What happens to a timeline. */
export type TimelineAction =
  | { type: 'identified'; me: string | undefined }
  /** The stream says where the channel stands. */
  | { type: 'opened'; head: number; earliest: number }
  /** From the stream: events in order, without holes, the first at most one after `position`. */
  | { type: 'received'; events: readonly LogEvent[] }
  /** Lines of what became of the channel, read from the log. */
  | { type: 'recalled'; changes: readonly ChannelChange[] }
  /** A post was answered. */
  | { type: 'answered'; message: Message }
  | ({ type: 'paged' } & ReadPage)
  | { type: 'quoted'; seq: number; message: Message | undefined }
  | { type: 'reset'; reset: Pick<ResetEvent, 'reason' | 'from' | 'head'> }
  /** Too much was missed to read it all: what is held stays to be seen until the newest page comes. */
  | { type: 'skipped' }
  | { type: 'looked'; following: boolean; visible: boolean }
  /** The server knows of messages read up to this seq. */
  | { type: 'read'; seq: number }
  | { type: 'sent'; echo: Echo }
  | { type: 'waits'; key: string; waiting: boolean }
  | { type: 'failed'; key: string; failure: string }
  | { type: 'retried'; key: string }
  | { type: 'discarded'; key: string }
  | { type: 'tried'; pending: Pending }
  /** The server has done it, with the event `seq` where it says so. */
  | { type: 'done'; id: string; seq?: number | undefined }
  | { type: 'undone'; id: string };

/** The timeline after an action. Pure. */
export function advance(timeline: Timeline, action: TimelineAction): Timeline {
  switch (action.type) {
    case 'identified':
      return timeline.me === action.me ? timeline : { ...timeline, me: action.me };
    case 'opened':
      return {
        ...timeline,
        head: Math.max(timeline.head, action.head),
        earliest: Math.max(timeline.earliest, action.earliest),
      };
    case 'received':
      return noticed(received(timeline, action.events));
    case 'recalled':
      return recalled(timeline, action.changes);
    case 'answered':
      return noticed(answered(timeline, action.message));
    case 'paged':
      return noticed(paged(timeline, action));
    case 'quoted':
      return quoted(timeline, action.seq, action.message);
    case 'reset':
      return reset(timeline, action.reset);
    case 'skipped':
      return { ...timeline, opened: false, position: undefined, recent: [], quotes: new Map() };
    case 'looked':
      return looked(timeline, action);
    case 'read':
      return read(timeline, action.seq);
    case 'sent':
      return sent(timeline, action.echo);
    case 'waits':
      return withEcho(timeline, action.key, ({ waiting: _, ...echo }) =>
        action.waiting ? { ...echo, waiting: true } : echo,
      );
    case 'failed':
      return withEcho(timeline, action.key, ({ waiting: _, ...echo }) => ({
        ...echo,
        failure: action.failure,
      }));
    case 'retried':
      // To the end: it is sent after those that are on their way.
      return withEcho(timeline, action.key, ({ failure: _, ...echo }) => echo, true);
    case 'discarded':
      return { ...timeline, echoes: timeline.echoes.filter(({ key }) => key !== action.key) };
    case 'tried':
      return { ...timeline, pending: [...timeline.pending, action.pending] };
    case 'done':
      return done(timeline, action.id, action.seq);
    case 'undone':
      return { ...timeline, pending: timeline.pending.filter(({ id }) => id !== action.id) };
  }
}

function answered(timeline: Timeline, message: Message): Timeline {
  const done = settled(timeline, [message]);
  // What lies before the window's end is in it, or was dropped from it.
  const comes = timeline.opened && !isDetached(timeline) && message.seq > timeline.to;
  return comes ? { ...done, messages: merge(done.messages, [streamed(message)]) } : done;
}
