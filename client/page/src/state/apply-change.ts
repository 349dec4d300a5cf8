import type { Author, Change, Message, Reaction } from '@carillon/client';

/** What happens to a message: an edit, its deletion, a reaction. */
export type MessageChange = Extract<Change, { target: number }>;
type OfType<Type> = Extract<MessageChange, { type: Type }>;

/** A message as the page holds it. */
export interface HeldMessage extends Message {
  /** seq of the log up to which reactions are in it. Edits and deletions have `changed` for that. */
  asOf: number;
}

/** People named beside a reaction; there may be more: see its count. */
const MAX_NAMED = 10;

/**
 * The message after a change, or the same object where the change is in it already. `me` is the id of the person at the page.
 * An edit or a deletion counts when it is newer than the last one that is in the message; a reaction when it is newer than
 * what the message was read with.
 */
export function applyChange<Type extends MessageChange['type']>(
  message: HeldMessage,
  change: OfType<Type>,
  me: string | undefined,
): HeldMessage {
  return APPLIERS[change.type as Type](message, change, me);
}

/** How each type of change becomes a part of the message that it is about. */
const APPLIERS: {
  readonly [Type in MessageChange['type']]: (
    message: HeldMessage,
    change: OfType<Type>,
    me: string | undefined,
  ) => HeldMessage;
} = { edit: edited, delete: deleted, reaction: reacted };

/** Whether a change is about a message, and known: another one changes nothing here. */
export function isMessageChange(change: Change): change is MessageChange {
  return Object.hasOwn(APPLIERS, change.type);
}

function edited(message: HeldMessage, { seq, body, createdAt }: OfType<'edit'>): HeldMessage {
  // An edit without its text is followed by another edit, or by the deletion.
  if (seq <= (message.changed ?? 0) || body === '') return message;
  return { ...message, body, editedAt: createdAt, changed: seq };
}

function deleted(message: HeldMessage, { seq, createdAt }: OfType<'delete'>): HeldMessage {
  if (seq <= (message.changed ?? 0)) return message;
  const { reactions: _, editedAt: __, ...rest } = message;
  return { ...rest, body: '', deletedAt: createdAt, changed: seq };
}

function reacted(
  message: HeldMessage,
  { seq, emoji, op, count, author }: OfType<'reaction'>,
  me: string | undefined,
): HeldMessage {
  if (seq <= message.asOf) return message;
  // A reaction may come after the deletion that took it away.
  if (message.deletedAt !== undefined) return { ...message, asOf: seq };
  return {
    ...message,
    ...withReaction(message.reactions, emoji, (old) => ({
      count,
      people: op === 'add' ? named(old.people, author) : unnamed(old.people, author),
      mine: author.id === me ? op === 'add' : old.mine === true,
    })),
    asOf: seq,
  };
}

/** The message as it will be once `author`, who looks, has put an emoji to it or has taken it back. */
export function withOwnReaction(
  message: Message,
  emoji: string,
  op: 'add' | 'remove',
  author: Author,
): Message {
  return {
    ...message,
    ...withReaction(message.reactions, emoji, (old) => {
      const mine = op === 'add';
      if (old.mine === mine) return old;
      const people = mine ? named(old.people, author) : unnamed(old.people, author);
      return { count: old.count + (mine ? 1 : -1), people, mine };
    }),
  };
}

type Put = { count: number; people: Author[]; mine: boolean };

/** Reactions stay in the order in which they came; one that nobody has put any more is gone. */
function withReaction(
  reactions: readonly Reaction[] | undefined,
  emoji: string,
  change: (old: Put) => Put,
): { reactions?: Reaction[] } {
  const all = reactions ?? [];
  const old = all.find((each) => each.emoji === emoji);
  const put = change({ count: old?.count ?? 0, people: old?.people ?? [], mine: old?.mine === true });
  const { mine, ...rest } = put;
  const next: Reaction = mine ? { emoji, ...rest, mine } : { emoji, ...rest };
  if (put.count <= 0) return { reactions: all.filter((each) => each !== old) };
  return { reactions: old ? all.map((each) => (each === old ? next : each)) : [...all, next] };
}

function named(people: readonly Author[], author: Author): Author[] {
  return people.some(({ id }) => id === author.id) ? [...people] : [...people, author].slice(0, MAX_NAMED);
}

function unnamed(people: readonly Author[], author: Author): Author[] {
  return people.filter(({ id }) => id !== author.id);
}
