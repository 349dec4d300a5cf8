import type { Message } from '@carillon/client';
import { withOwnReaction } from './apply-change.ts';
import {
  type ChannelChange,
  type Echo,
  type Gap,
  type Pending,
  type Quote,
  quoteOf,
  type Timeline,
} from './timeline.ts';

export type { ChannelChange, Quote } from './timeline.ts';

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

/** After a longer pause, the same author begins a new group, ms. */
const GROUP_MS = 5 * 60_000;

/** Lays a timeline out: messages in order with days, gaps and "new" between, then what is being sent. */
export function rowsOf(timeline: Timeline): Row[] {
  const { gaps, echoes, newFrom, from, to } = timeline;
  const rows: Row[] = [];
  const changes = timeline.changes.filter(({ seq }) => seq >= from && seq <= to);
  let previous: { author: string; at: number; day: string } | undefined;
  // Named after what stands below it: when older messages of the day come in, their line is another one. A list that is kept in
  // place by a line that moves up with every page would go up with it.
  const startDay = (date: string, below: string): void => {
    const day = dayOf(Date.parse(date));
    if (previous?.day === day) return;
    rows.push({ kind: 'day', key: `day before ${below}`, date });
    previous = { author: '', at: 0, day };
  };
  const place = (author: string, date: string, key: string): boolean => {
    startDay(date, key);
    const at = Date.parse(date);
    const leads = previous?.author !== author || at - previous.at > GROUP_MS;
    previous = { author, at, day: dayOf(at) };
    return leads;
  };
  const beginAnew = (): void => {
    previous = previous && { ...previous, author: '' };
  };
  const placeChanges = (before: number): void => {
    for (let change = changes[0]; change !== undefined && change.seq < before; change = changes[0]) {
      const key = `seq ${change.seq}`;
      startDay(change.createdAt, key);
      rows.push({ kind: 'change', key, change });
      beginAnew();
      changes.shift();
    }
  };
  let seq = 0;
  for (const message of shownMessages(timeline)) {
    placeChanges(message.seq);
    const gap = gaps.find(({ after, before }) => seq <= after && seq > 0 && message.seq >= before);
    if (gap) rows.push({ kind: 'gap', key: `gap ${gap.before}`, gap });
    const isNew = newFrom !== undefined && seq < newFrom && message.seq >= newFrom && seq > 0;
    if (isNew) rows.push({ kind: 'new', key: 'new' });
    if (gap || isNew) beginAnew();
    const key = message.key === undefined ? `seq ${message.seq}` : messageKey(message.author, message.key);
    const leads = place(authorKey(message.author), message.createdAt, key);
    rows.push({ kind: 'message', key, message, leads, ...parentOf(timeline, message) });
    seq = message.seq;
  }
  placeChanges(Number.POSITIVE_INFINITY);
  const lost = gaps.find(({ after }) => seq > 0 && seq <= after);
  if (lost) rows.push({ kind: 'gap', key: `gap ${lost.before}`, gap: lost });
  for (const echo of echoes) {
    const key = messageKey(echo.author, echo.key);
    const leads = place(authorKey(echo.author), echo.sentAt, key);
    rows.push({ kind: 'echo', key, echo, leads, ...parentOf(timeline, echo) });
  }
  return rows;
}

/** `Idempotency-Key`s are their authors' choice: two may have the same, and none may be that of another kind of row. */
function messageKey(author: { id: string }, key: string): string {
  return `said ${author.id} ${key}`;
}

/** The messages as they will be once what is pending is done. */
function shownMessages({ messages, pending }: Timeline): readonly Message[] {
  if (pending.length === 0) return messages;
  return messages.map((message) =>
    pending.reduce<Message>(
      (shown, each) => (each.target === message.seq ? withPending(shown, each) : shown),
      message,
    ),
  );
}

function withPending(message: Message, pending: Pending): Message {
  if (message.deletedAt !== undefined) return message;
  switch (pending.kind) {
    case 'edit':
      return { ...message, body: pending.body, editedAt: pending.at };
    case 'delete':
      return { ...message, body: '', deletedAt: pending.at, reactions: [] };
    case 'reaction':
      return withOwnReaction(message, pending.emoji, pending.op, pending.author);
  }
}

function parentOf(timeline: Timeline, { replyTo }: { replyTo?: number | undefined }): { parent?: Quote } {
  return replyTo === undefined ? {} : { parent: quoteOf(timeline, replyTo) };
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
