import type { LogPage } from '@carillon/client';
import type { ChannelChange } from './state/timeline.ts';

/** A run of seqs, both included. */
export interface Span {
  from: number;
  to: number;
}

/** Holes that lie this close are read together. */
const JOIN = 20;
/** Events of one page of messages that are looked at, the newest: where people mostly react, lines further up are left out. */
const MOST_READ = 400;

/**
 * What became of a channel (its topic, its archive) in a span of its log. A page holds messages only; so what lies between
 * their seqs is read from the log.
 * @param seqs of the messages in the span, in order.
 * @param read gives events after a seq.
 */
export async function channelChangesIn(
  span: Span,
  seqs: readonly number[],
  read: (after: number, limit: number) => Promise<LogPage>,
): Promise<ChannelChange[]> {
  const found: ChannelChange[] = [];
  let left = MOST_READ;
  for (const { from, to } of holesIn(span, seqs).reverse()) {
    const limit = Math.min(to - from + 1, left);
    if (limit <= 0) break;
    left -= limit;
    const { events } = await read(to - limit, limit);
    for (const event of events)
      if ('type' in event && event.type === 'channel' && event.seq <= to) found.push(event);
  }
  return found.sort((a, b) => a.seq - b.seq);
}

/** The runs of a span in which there is no message; those that lie close to each other as one. */
export function holesIn({ from, to }: Span, seqs: readonly number[]): Span[] {
  const holes: Span[] = [];
  let next = from;
  for (const seq of [...seqs, to + 1]) {
    const last = holes.at(-1);
    if (seq > next) {
      if (last !== undefined && next - last.to <= JOIN) last.to = seq - 1;
      else holes.push({ from: next, to: seq - 1 });
    }
    next = Math.max(next, seq + 1);
  }
  return holes;
}
