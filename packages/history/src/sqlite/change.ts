import type { Author, Change, Message } from '@carillon/protocol';
import { auditActionOf, changeFrom, columnsOf, subjectOf, undoes } from '../change-columns.ts';
import { messageOf } from '../event-row.ts';
import {
  type ChangeDraft,
  type Changed,
  MAX_EDITS_PER_MESSAGE,
  MAX_EMOJI_PER_MESSAGE,
  type NewChange,
  type Refused,
} from '../history.ts';
import { type ChannelRow, channelOf, moveHead } from './channels.ts';
import type { Connection } from './connection.ts';
import { CHANNEL_ID, keyOf } from './event-key.ts';
import { readPage } from './page.ts';
import { pin } from './pins.ts';
import { recordAudit } from './record-audit.ts';
import { MESSAGE } from './rows.ts';

/** A change with the handles that its text mentions, which the main thread has parsed. */
export interface ReadChange {
  draft: ChangeDraft;
  mentions: readonly string[];
  /** The message's author, if a moderator makes the change. */
  of?: Author | undefined;
}

/** Makes one change of a message, with its event after the channel's head, in the caller's transaction. */
export function change(connection: Connection, { draft, mentions, of }: ReadChange): Changed {
  const { channel, author } = draft;
  const row = channelOf(connection, channel);
  if (row === undefined) return { outcome: 'missing' };
  const done = doChange(connection, row, draft, mentions);
  if (typeof done === 'string') {
    return done === 'unchanged' ? { outcome: done, message: targetOf(connection, draft) } : { outcome: done };
  }
  const act = auditActionOf(draft);
  if (of !== undefined && act !== undefined) {
    recordAudit(connection, { by: author, act, channel, person: of.id, details: { seq: subjectOf(draft) } });
  }
  return { outcome: 'changed', change: done, message: targetOf(connection, draft) };
}

/** Appends a change after its channel's head, in the caller's transaction. */
export function appendChange<Draft extends NewChange>(
  connection: Connection,
  row: ChannelRow,
  draft: Draft,
): Extract<Change, { type: Draft['type'] }> {
  const { type, author } = draft;
  const { target, body, detail } = columnsOf(draft);
  row.head += 1;
  row.headMs = Math.max(row.headMs, Date.now());
  moveHead(connection, row);
  connection.run(
    `insert into changes (place, type, author_id, author_name, created_ms, target, body, detail)
     values (?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[keyOf(row.id, row.head), type, author.id, author.name, row.headMs, target, body, detail],
  );
  return changeFrom(draft, row.head, row.headMs);
}

/** Makes the change, unless it was made before or is impossible. */
function doChange(
  connection: Connection,
  channel: ChannelRow,
  draft: ChangeDraft,
  mentions: readonly string[],
): Change | Refused {
  const key = keyOf(channel.id, subjectOf(draft));
  const row = connection.get(`select ${MESSAGE} from events where place = ?`, key);
  if (row === undefined) return 'missing';
  const { body, deletedAt, changed } = messageOf(draft.channel, row);
  if (deletedAt !== undefined) return undoes(draft) ? 'unchanged' : 'deleted';
  if (draft.type === 'reaction') return react(connection, channel, draft);
  if (draft.type === 'pin')
    return pin(connection, channel, draft, () => appendChange(connection, channel, draft));
  if (draft.type === 'edit') {
    if (draft.body === body) return 'unchanged';
    if (changed !== undefined && countEdits(connection, channel, draft.target) >= MAX_EDITS_PER_MESSAGE)
      return 'full';
  }
  const done = appendChange(connection, channel, draft);
  if (draft.type === 'delete') erase(connection, channel, draft.target);
  else edit(connection, channel, draft, mentions);
  return done;
}

function countEdits(connection: Connection, { id }: ChannelRow, target: number): number {
  const text = `select count(*) as n from changes where ${CHANNEL_ID} = ? and target = ? and type = 'edit'`;
  return Number(connection.get(text, id, target)?.n);
}

function edit(
  connection: Connection,
  { id, head, headMs }: ChannelRow,
  { target, body }: Extract<ChangeDraft, { type: 'edit' }>,
  mentions: readonly string[],
): void {
  const key = keyOf(id, target);
  connection.run(
    'update events set edited = ?, edited_ms = ?, changed = ? where place = ?',
    ...[body, headMs, head, key],
  );
  connection.run('delete from mentions where place = ?', key);
  for (const handle of mentions) connection.run('insert into mentions values (?, ?)', key, handle);
}

/** Removes every copy of the text, and all reactions. */
function erase(connection: Connection, { id, head, headMs }: ChannelRow, target: number): void {
  const key = keyOf(id, target);
  connection.run(
    `update events set body = '', edited = null, edited_ms = null, deleted_ms = ?, changed = ? where place = ?`,
    ...[headMs, head, key],
  );
  connection.run(
    `update changes set body = '' where ${CHANNEL_ID} = ? and target = ? and type = 'edit'`,
    id,
    target,
  );
  forget(connection, key);
}

/** Removes what is stored about a message besides its row: mentions, its pin, reactions, its entry in the index. */
export function forget(connection: Connection, key: bigint): void {
  connection.run('delete from mentions where place = ?', key);
  connection.run('delete from pins where target = ?', key);
  connection.run('delete from reactions where target = ?', key);
  connection.run('delete from reaction_counts where target = ?', key);
  connection.run(
    'delete from search where rowid = (select time_place from search_entries where place = ?)',
    key,
  );
  connection.run('delete from search_entries where place = ?', key);
}

function react(
  connection: Connection,
  channel: ChannelRow,
  draft: Extract<ChangeDraft, { type: 'reaction' }>,
): Change | Refused {
  const { target, author, emoji, op } = draft;
  const key = keyOf(channel.id, target);
  const mine = connection.get(
    'select 1 from reactions where target = ? and emoji = ? and author_id = ?',
    ...[key, emoji, author.id],
  );
  if ((op === 'add') === (mine !== undefined)) return 'unchanged';
  const known = connection.get(
    'select count from reaction_counts where target = ? and emoji = ?',
    key,
    emoji,
  );
  const kinds = connection.get('select count(*) as n from reaction_counts where target = ?', key)?.n;
  if (op === 'add' && known === undefined && Number(kinds) >= MAX_EMOJI_PER_MESSAGE) return 'full';
  const count = Number(known?.count ?? 0) + (op === 'add' ? 1 : -1);
  const done = appendChange(connection, channel, { ...draft, count });
  if (op === 'add') {
    connection.run(
      'insert into reactions (target, emoji, author_id, author_name, seq) values (?, ?, ?, ?, ?)',
      ...[key, emoji, author.id, author.name, done.seq],
    );
    connection.run(
      `insert into reaction_counts (target, emoji, count, since) values (?, ?, 1, ?)
       on conflict (target, emoji) do update set count = count + 1`,
      ...[key, emoji, done.seq],
    );
    return done;
  }
  connection.run(
    'delete from reactions where target = ? and emoji = ? and author_id = ?',
    ...[key, emoji, author.id],
  );
  if (count > 0)
    connection.run('update reaction_counts set count = ? where target = ? and emoji = ?', count, key, emoji);
  else connection.run('delete from reaction_counts where target = ? and emoji = ?', key, emoji);
  return done;
}

/** The message's new state for the author of the change. */
function targetOf(connection: Connection, draft: ChangeDraft): Message {
  const { channel, author } = draft;
  const { messages } = readPage(connection, channel, {
    after: subjectOf(draft) - 1,
    limit: 1,
    viewer: author.id,
  });
  return messages[0] as Message;
}
