import type { Message, Reaction } from '@carillon/protocol';
import { messageOf, revisionOf } from '../event-row.ts';
import type { Page, PageAsked, Revision } from '../history.ts';
import { channelOf } from './channels.ts';
import type { Connection, Row } from './connection.ts';
import { CHANNEL_ID, keyOf, SEQ, seqIn } from './event-key.ts';
import { MESSAGE } from './rows.ts';

/**
 * People listed with a reaction: equals MAX_NAMED_PER_REACTION of the protocol, which threads of the store do not load.
 */
const NAMED = 10;

/** Reads a page of messages, in a transaction, so that all of it is from one snapshot. */
export function readPage(
  connection: Connection,
  channel: string,
  { before, after, limit, viewer }: PageAsked,
): Page {
  const row = channelOf(connection, channel);
  if (row === undefined) return { messages: [], head: 0, earliest: 1, older: false, newer: false };
  const { id, earliest, head } = row;
  const [start, end] = [keyOf(id, 0), keyOf(id, head)];
  const rows =
    after === undefined
      ? connection
          .all(
            `select ${MESSAGE} from events where place > ? and place < ? order by place desc limit ?`,
            ...[start, before === undefined ? end + 1n : keyOf(id, before), limit],
          )
          .reverse()
      : connection.all(
          `select ${MESSAGE} from events where place > ? and place <= ? order by place limit ?`,
          ...[keyOf(id, after), end, limit],
        );
  // The position of a page without messages.
  const empty = after === undefined ? Math.min(before ?? head + 1, head + 1) : Math.min(after, head) + 1;
  const first = Number(rows[0]?.seq ?? empty);
  const last = Number(rows.at(-1)?.seq ?? empty - 1);
  const holds = (from: bigint, to: bigint) =>
    connection.get('select 1 from events where place > ? and place < ? limit 1', from, to) !== undefined;
  return {
    messages: withReactions(connection, channel, id, rows, viewer),
    head,
    earliest,
    older: holds(start, keyOf(id, first)),
    newer: holds(keyOf(id, last), end + 1n),
  };
}

/** Reads the texts that a message had, oldest first. In a transaction. */
export function readRevisions(
  connection: Connection,
  channel: string,
  seq: number,
  after: number,
  limit: number,
): Revision[] {
  const row = channelOf(connection, channel);
  if (row === undefined) return [];
  const posted = connection.all(
    `select ${SEQ} as seq, author_id, author_name, created_ms, body from events
     where place = ? and ${SEQ} > ? and deleted_ms is null`,
    ...[keyOf(row.id, seq), after],
  );
  const edits = connection.all(
    `select ${SEQ} as seq, author_id, author_name, created_ms, body from changes
     where ${CHANNEL_ID} = ? and type = 'edit' and target = ? and place > ? and body <> '' order by place limit ?`,
    ...[row.id, seq, keyOf(row.id, after), limit],
  );
  return [...posted, ...edits].slice(0, limit).map(revisionOf);
}

function withReactions(
  connection: Connection,
  channel: string,
  id: number,
  rows: readonly Row[],
  viewer: string | undefined,
): Message[] {
  const messages = rows.map((row) => messageOf(channel, row));
  const [first, last] = [messages[0], messages.at(-1)];
  if (first === undefined || last === undefined) return [];
  const counts = connection.all(
    `select ${seqIn('target')} as seq, emoji, count from reaction_counts
     where target >= ? and target <= ? order by target, since`,
    ...[keyOf(id, first.seq), keyOf(id, last.seq)],
  );
  if (counts.length === 0) return messages;
  const reactions = new Map<number, Reaction[]>();
  for (const { seq, emoji, count } of counts) {
    const put = reactionOf(connection, keyOf(id, Number(seq)), String(emoji), Number(count), viewer);
    const known = reactions.get(Number(seq));
    if (known === undefined) reactions.set(Number(seq), [put]);
    else known.push(put);
  }
  return messages.map((message) => {
    const put = reactions.get(message.seq);
    return put === undefined ? message : { ...message, reactions: put };
  });
}

function reactionOf(
  connection: Connection,
  target: bigint,
  emoji: string,
  count: number,
  viewer: string | undefined,
): Reaction {
  const people = connection.all(
    'select author_id as id, author_name as name from reactions where target = ? and emoji = ? order by seq limit ?',
    ...[target, emoji, NAMED],
  );
  const mine =
    viewer !== undefined &&
    connection.get(
      'select 1 from reactions where target = ? and emoji = ? and author_id = ?',
      ...[target, emoji, viewer],
    ) !== undefined;
  const named = people.map(({ id, name }) => ({ id: String(id), name: String(name) }));
  return { emoji, count, people: named, ...(mine && { mine }) };
}
