import type { Author, Change, LogEvent, Message, Reaction } from '@carillon/client';
import { message } from './messages.ts';

export const PEOPLE: readonly Author[] = [
  { id: 'a', name: 'Ada' },
  { id: 'b', name: 'Bo' },
  { id: 'c', name: 'Cy' },
];
/** Who looks at the page. */
export const ME = 'a';

/** What somebody does; numbers choose among what is there. */
export interface Deed {
  kind: 'message' | 'edit' | 'delete' | 'reaction' | 'channel';
  who: number;
  target: number;
  emoji: number;
}

const EMOJI = ['👍', '🎉'];

/** A log as the server makes it of what people do, and its messages as they are at any seq of it. */
export function serverLog(deeds: readonly Deed[]): { events: LogEvent[]; at: (head: number) => Message[] } {
  const events: LogEvent[] = [];
  let messages: Message[] = [];
  const history: Message[][] = [[]];
  for (const { kind, who, target, emoji } of deeds) {
    const seq = events.length + 1;
    const author = PEOPLE[who % PEOPLE.length] as Author;
    const createdAt = new Date(Date.UTC(2026, 0, 5, 12, 0, seq)).toISOString();
    const about = messages[target % Math.max(1, messages.length)];
    const common = { channel: 'lobby', seq, author, createdAt };
    const commit = (event: LogEvent, change: (each: Message) => Message = (each) => each) => {
      messages = messages.map((each) => (each === about ? change(each) : each));
      if (!('type' in event)) messages = [...messages, event];
      events.push('type' in event ? event : { ...event });
      history.push(messages);
    };
    if (kind === 'message') commit(message(seq, { author, key: `k${seq}` }));
    else if (kind === 'channel') commit({ ...common, type: 'channel', topic: `t${seq}` });
    else if (about === undefined || about.deletedAt !== undefined) continue;
    else if (kind === 'edit') {
      const body = `e${seq}`;
      commit({ ...common, type: 'edit', target: about.seq, body }, (each) => ({
        ...each,
        body,
        editedAt: createdAt,
        changed: seq,
      }));
    } else if (kind === 'delete') {
      commit({ ...common, type: 'delete', target: about.seq }, ({ reactions: _, editedAt: __, ...each }) => ({
        ...each,
        body: '',
        deletedAt: createdAt,
        changed: seq,
      }));
    } else {
      const symbol = EMOJI[emoji % EMOJI.length] as string;
      const { reactions, change } = react(about.reactions ?? [], symbol, author);
      commit({ ...common, type: 'reaction', target: about.seq, emoji: symbol, ...change }, (each) => ({
        ...each,
        reactions,
      }));
    }
  }
  return { events, at: (head) => history[head] ?? [] };
}

/** Puts an emoji, or takes it back where it was put. */
function react(
  reactions: readonly Reaction[],
  emoji: string,
  author: Author,
): { reactions: Reaction[]; change: Pick<Change & { type: 'reaction' }, 'op' | 'count'> } {
  const old = reactions.find((each) => each.emoji === emoji);
  const had = old?.people.some(({ id }) => id === author.id) ?? false;
  const people = had
    ? (old?.people ?? []).filter(({ id }) => id !== author.id)
    : [...(old?.people ?? []), author];
  const mine = people.some(({ id }) => id === ME);
  const next: Reaction = { emoji, count: people.length, people, ...(mine ? { mine } : {}) };
  const others = reactions.filter((each) => each !== old);
  const put =
    people.length === 0
      ? others
      : old
        ? reactions.map((each) => (each === old ? next : each))
        : [...reactions, next];
  return { reactions: put, change: { op: had ? 'remove' : 'add', count: people.length } };
}
