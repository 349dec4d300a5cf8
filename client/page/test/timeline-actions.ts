import type { LogEvent, Message } from '@carillon/client';
import { advance, type TimelineAction } from '../src/state/advance.ts';
import type { PageCursor } from '../src/state/paging.ts';
import { emptyTimeline, type Timeline } from '../src/state/timeline.ts';
import { message } from './messages.ts';

export const seqs = (timeline: Timeline) => timeline.messages.map(({ seq }) => seq);
export const run = (actions: TimelineAction[], start = emptyTimeline()) => actions.reduce(advance, start);
export const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);
export const receive = (...events: LogEvent[]): TimelineAction => ({ type: 'received', events });
export const say = (...numbers: number[]): TimelineAction => receive(...numbers.map((seq) => message(seq)));
const LIMIT = 100;
export const page = (
  at: PageCursor,
  messages: readonly Message[],
  head: number,
  earliest = 1,
): TimelineAction => ({
  type: 'paged',
  at,
  limit: LIMIT,
  messages,
  head,
  earliest,
});

/** Of a message, what people see. */
export const seenOf = ({ asOf: _, ...shown }: Message & { asOf?: number }) => ({
  ...shown,
  reactions: shown.reactions ?? [],
});
