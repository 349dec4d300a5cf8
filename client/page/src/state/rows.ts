import type { Change, Message } from '@carillon/client';
import type { Echo, Gap, Timeline } from './timeline.ts';

/** One line of the list, top to bottom. `key` is the same for an echo and its message, so the row stays in place. */
export type Row =
  | { kind: 'day'; key: string; date: string }
  | { kind: 'new'; key: string }
  | { kind: 'gap'; key: string; gap: Gap }
  /** `leads`: the first of a group, which shows who speaks and when. */
  | { kind: 'message'; key: string; message: Message; leads: boolean; parent?: Quote }
  | { kind: 'echo'; key: string; echo: Echo; leads: boolean; parent?: Quote }
  /** What became of the channel: its topic, whether it takes messages, who may read it. */
  | { kind: 'change'; key: string; change: ChannelChange };

export type ChannelChange = Extract<Change, { type: 'channel' }>;

/** What a message answers: as it is now (a tombstone, once it was deleted), or that it is no longer kept. Undefined until it was read. */
export type Quote = Message | 'missing' | undefined;

/** Someone who pauses for longer begins anew. */
const GROUP_MS = 5 * 60_000;

/** Lays a timeline out: messages in order with days, gaps and "new" between, then what is being sent. */
export function rowsOf({ messages, gaps, echoes, newFrom }: Timeline): Row[] {
  const rows: Row[] = [];
  let previous: { author: string; at: number; day: string } | undefined;
  const place = (author: string, date: string): boolean => {
    const at = Date.parse(date);
    const day = dayOf(at);
    if (previous?.day !== day) {
      rows.push({ kind: 'day', key: `day ${day}`, date });
      previous = undefined;
    }
    const leads = previous?.author !== author || at - previous.at > GROUP_MS;
    previous = { author, at, day };
    return leads;
  };
  let seq = 0;
  for (const message of messages) {
    const gap = gaps.find(({ after, before }) => seq <= after && seq > 0 && message.seq >= before);
    if (gap) rows.push({ kind: 'gap', key: `gap ${gap.before}`, gap });
    const isNew = newFrom !== undefined && seq < newFrom && message.seq >= newFrom && seq > 0;
    if (isNew) rows.push({ kind: 'new', key: 'new' });
    if (gap || isNew) previous = previous && { ...previous, author: '' };
    const leads = place(authorKey(message.author), message.createdAt);
    rows.push({ kind: 'message', key: message.key ?? `seq ${message.seq}`, message, leads });
    seq = message.seq;
  }
  const lost = gaps.find(({ after }) => seq > 0 && seq === after);
  if (lost) rows.push({ kind: 'gap', key: `gap ${lost.before}`, gap: lost });
  for (const echo of echoes) {
    const leads = place(authorKey(echo.author), echo.sentAt);
    rows.push({ kind: 'echo', key: echo.key, echo, leads });
  }
  return rows;
}

/** Guests share an id, and a person may change their name: each name speaks for itself. */
function authorKey({ id, name }: { id: string; name: string }): string {
  return `${id} ${name}`;
}

/** The day as this machine's clock has it. */
function dayOf(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}
