import type { Change, LogEvent, ResetEvent } from '@carillon/client';
import { applyChange, isMessageChange } from './apply-change.ts';
import { counted } from './attention.ts';
import { settled } from './echoes.ts';
import { withPendingSettled } from './pending.ts';
import { quoteAfter } from './quotes.ts';
import { indexOf } from './seq-index.ts';
import { type ChannelChange, emptyTimeline, isDetached, type Timeline } from './timeline.ts';
import { isChange, isMessage, merge, streamed, trimmed } from './window.ts';

/** Events that come while a page is read, many times over: what is missing here makes a page that is read once more. */
export const MAX_RECENT = 500;

/** Lines of what became of the channel; and quoted messages that are not in the window. */
const MAX_CHANGES = 300;

/** Takes events of the stream: the first is at most one after `position`. */
export function received(timeline: Timeline, events: readonly LogEvent[]): Timeline {
  const { position } = timeline;
  const fresh = events.filter(({ seq }) => position === undefined || seq > position);
  const last = fresh.at(-1);
  if (last === undefined) return timeline;
  const attached = timeline.opened && !isDetached(timeline);
  const messages = fresh.filter(isMessage);
  const changes = fresh.filter(isChange);
  const arrived = messages.filter(({ seq }) => seq > timeline.to).map(streamed);
  const next: Timeline = {
    ...timeline,
    messages: attached ? merge(timeline.messages, arrived) : timeline.messages,
    changes: [...timeline.changes, ...changes.filter((change) => change.type === 'channel')].slice(
      -MAX_CHANGES,
    ),
    to: attached ? Math.max(timeline.to, last.seq) : timeline.to,
    missed: attached || !timeline.opened ? 0 : timeline.missed + messages.length,
    position: last.seq,
    head: Math.max(timeline.head, last.seq),
    ...remembered(timeline, fresh),
  };
  const current = settled(withPendingSettled(changed(next, changes), changes), messages);
  return attached ? counted(trimmed(current, timeline.following ? 'newest' : 'oldest'), current) : current;
}

/** Folds what happened into the window and into what is quoted. */
export function changed(timeline: Timeline, changes: readonly Change[]): Timeline {
  if (changes.length === 0) return timeline;
  const messages = [...timeline.messages];
  const quotes = new Map(timeline.quotes);
  for (const change of changes) {
    if (!isMessageChange(change)) continue;
    const index = indexOf(messages, change.target);
    const held = messages[index];
    if (held?.seq === change.target) messages[index] = applyChange(held, change, timeline.me);
    const quote = quotes.get(change.target);
    if (quote !== undefined && quote !== 'missing') quotes.set(change.target, quoteAfter(quote, change));
  }
  return { ...timeline, messages, quotes };
}

function remembered(
  { recent, recentFrom, position }: Timeline,
  fresh: readonly LogEvent[],
): Pick<Timeline, 'recent' | 'recentFrom'> {
  const all = [...recent, ...fresh];
  const kept = all.slice(-MAX_RECENT);
  const begins = position === undefined ? (fresh[0]?.seq ?? 1) : recentFrom;
  return { recent: kept, recentFrom: kept.length < all.length ? (kept[0]?.seq ?? begins) : begins };
}

/** Those that lie before the window make room first. */
export function recalled(timeline: Timeline, changes: readonly ChannelChange[]): Timeline {
  const bySeq = new Map([...timeline.changes, ...changes].map((change) => [change.seq, change]));
  const all = [...bySeq.values()].sort((a, b) => a.seq - b.seq);
  return { ...timeline, changes: all.filter(({ seq }) => seq >= timeline.from).slice(-MAX_CHANGES) };
}

/** What was between the position and `from` will not come; or it is another log. */
export function reset(
  timeline: Timeline,
  { reason, from, head }: Pick<ResetEvent, 'reason' | 'from' | 'head'>,
): Timeline {
  if (reason === 'epoch' || reason === 'ahead') {
    const { opened, echoes, following, visible, me } = timeline;
    return {
      ...emptyTimeline(head, me),
      echoes,
      following,
      visible,
      head,
      position: from - 1,
      recentFrom: from,
      rebuilt: timeline.rebuilt || (opened && timeline.head > 0),
    };
  }
  const { position, to } = timeline;
  if (position !== undefined && from <= position + 1) return timeline;
  const attached = timeline.opened && !isDetached(timeline);
  return {
    ...timeline,
    gaps: attached && to > 0 ? [...timeline.gaps, { after: to, before: from }] : timeline.gaps,
    to: attached ? Math.max(to, from - 1) : to,
    head: Math.max(timeline.head, head),
    quotes: new Map(),
    position: from - 1,
    recent: [],
    recentFrom: from,
  };
}
