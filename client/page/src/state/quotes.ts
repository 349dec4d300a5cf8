import type { Message } from '@carillon/client';
import { applyChange, isMessageChange, type MessageChange } from './apply-change.ts';
import type { Timeline } from './timeline.ts';
import { isChange } from './window.ts';

/** Quoted messages that are not in the window. */
const MAX_QUOTES = 200;

/** A message that is answered was read, as it is now; undefined where it is no longer kept. */
export function quoted(timeline: Timeline, seq: number, message: Message | undefined): Timeline {
  const quotes = new Map(timeline.quotes);
  const changes = timeline.recent.filter(isChange).filter(isMessageChange);
  const current = changes
    .filter(({ target }) => target === seq)
    .reduce<Message | undefined>((quote, change) => quote && quoteAfter(quote, change), message);
  quotes.set(seq, current ?? 'missing');
  const [oldest] = quotes.keys();
  if (quotes.size > MAX_QUOTES && oldest !== undefined) quotes.delete(oldest);
  return { ...timeline, quotes };
}

/** Reactions are not shown in a quote. */
export function quoteAfter(quote: Message, change: MessageChange): Message {
  return change.type === 'reaction' ? quote : applyChange({ ...quote, asOf: 0 }, change, undefined);
}
