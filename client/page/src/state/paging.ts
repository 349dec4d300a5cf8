import type { Message } from '@carillon/client';
import { counted } from './attention.ts';
import { settled } from './echoes.ts';
import { changed } from './log-events.ts';
import { withPendingSettled } from './pending.ts';
import type { Timeline } from './timeline.ts';
import { isChange, isMessage, merge, streamed, trimmed } from './window.ts';

/** Where a page lies: the newest messages, those before or after the window, or a new window of what follows a seq. */
export type PageCursor = 'newest' | { before: number } | { after: number } | { from: number };

/** A page of messages, and where it was asked for. */
export interface ReadPage {
  at: PageCursor;
  /** How many were asked for: with fewer, the page reaches the end of the log. */
  limit: number;
  messages: readonly Message[];
  head: number;
  earliest: number;
}

/** Whether too much has happened since a page was read to bring it up to date: it is to be read again. */
export function isStale({ position, recentFrom }: Timeline, head: number): boolean {
  return position !== undefined && head < recentFrom - 1;
}

/** Takes a page, brought up to the position by the newest events. */
export function paged(timeline: Timeline, page: ReadPage): Timeline {
  const { at, head } = page;
  if (isStale(timeline, head) || !fits(timeline, at)) return timeline;
  const position = timeline.position ?? head;
  const earliest = Math.max(page.earliest, timeline.earliest);
  const { from, to, reachesEnd } = reachOf({ ...timeline, position, earliest }, page);
  const anew = at === 'newest' || 'from' in at;
  const since = timeline.recent.filter(({ seq }) => seq > head);
  const read = page.messages.map((message) => ({ ...message, asOf: head }));
  const arrived = reachesEnd
    ? since
        .filter(isMessage)
        .filter(({ seq }) => seq >= from)
        .map(streamed)
    : [];
  // Of a window that is left, only what was posted and has not come by the stream yet.
  const held = anew ? timeline.messages.filter(({ seq }) => reachesEnd && seq > to) : timeline.messages;
  const next: Timeline = {
    ...timeline,
    opened: true,
    // A page that is ahead of the stream knows more of what is held too.
    messages: head > position ? merge(merge(read, held), arrived) : merge(held, merge(read, arrived)),
    // What was quoted before anything was known of the log is read again.
    quotes: timeline.position === undefined ? new Map() : timeline.quotes,
    gaps: anew ? timeline.gaps.filter((gap) => gap.before > from && gap.after <= to) : timeline.gaps,
    position,
    recentFrom: timeline.position === undefined ? head + 1 : timeline.recentFrom,
    head: Math.max(timeline.head, head),
    earliest,
    from,
    to,
  };
  const current = settled(withPendingSettled(changed(next, since.filter(isChange)), []), next.messages);
  const upwards = at !== 'newest' && 'before' in at;
  return counted(trimmed(begun(current, timeline), upwards ? 'oldest' : 'newest'), timeline);
}

/** What the window covers with a page. `reachesEnd`: with the events since the page was read, all there is. */
function reachOf(
  { from, to, earliest, position }: Timeline & { position: number },
  { at, limit, messages, head }: ReadPage,
): { from: number; to: number; reachesEnd: boolean } {
  const first = messages[0]?.seq;
  const last = messages.at(-1)?.seq;
  const whole = messages.length < limit;
  const newest = Math.max(head, position);
  const begins = whole || first === undefined ? earliest : first;
  if (at === 'newest') return { from: begins, to: newest, reachesEnd: true };
  if ('before' in at) return { from: Math.min(begins, from), to, reachesEnd: false };
  const reachesEnd = whole || last === undefined;
  return {
    from: 'from' in at ? Math.min(at.from, newest + 1) : from,
    to: reachesEnd ? newest : last,
    reachesEnd,
  };
}

/** Whether the window is still where it was when the page was asked for. */
function fits({ opened, from, to }: Timeline, at: PageCursor): boolean {
  if (at === 'newest' || 'from' in at) return true;
  return opened && ('before' in at ? at.before === from : at.after === to);
}

/** At the first page: what is new since an earlier visit. */
function begun(timeline: Timeline, before: Timeline): Timeline {
  if (before.opened) return timeline;
  const { head } = timeline;
  const seen = Math.min(before.seen ?? head, head);
  return { ...timeline, seen, newFrom: seen > 0 && seen < head ? seen + 1 : timeline.newFrom };
}
