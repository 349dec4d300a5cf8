import type { Message } from '@carillon/protocol';
import { messageOf } from '../event-row.ts';
import type { Appended, Draft } from '../history.ts';
import { type ChannelRow, channelMade, moveHead } from './channels.ts';
import type { Connection } from './connection.ts';
import { MAX_SEQ, placeOf } from './place.ts';
import { MESSAGE } from './rows.ts';

/** A draft, with the handles that its text mentions, which the main thread has read. */
export interface ReadDraft extends Draft {
  mentions: readonly string[];
}

/**
 * What became of a batch: of each draft its seq and when it was committed, ms; or, where it was not stored, what it was answered
 * with. Small, for it goes from thread to thread.
 */
export interface Stored {
  seqs: number[];
  times: number[];
  others: Map<number, Appended>;
}

/** Puts drafts behind the heads of their channels, in their order. In a transaction of the caller's. */
export function append(connection: Connection, drafts: readonly ReadDraft[]): Stored {
  const stored: Stored = { seqs: [], times: [], others: new Map() };
  const channels = new Map<string, ChannelRow>();
  /** Those that got an event: a repeated post changes nothing, and is not the newest of its channel. */
  const moved = new Set<ChannelRow>();
  const now = Date.now();
  for (const [index, draft] of drafts.entries()) {
    let channel = channels.get(draft.channel);
    if (channel === undefined) {
      channel = channelMade(connection, draft.channel);
      // Time never runs backwards along a log, whatever the clock does.
      channel.headMs = Math.max(channel.headMs, now);
      channels.set(draft.channel, channel);
    }
    const known = draft.key === undefined ? undefined : answerRepeat(connection, channel, draft);
    if (known !== undefined) {
      stored.others.set(index, known);
      stored.seqs.push(0);
      stored.times.push(0);
      continue;
    }
    insert(connection, channel, draft);
    moved.add(channel);
    stored.seqs.push(channel.head);
    stored.times.push(channel.headMs);
  }
  for (const channel of moved) moveHead(connection, channel);
  return stored;
}

function insert(connection: Connection, channel: ChannelRow, draft: ReadDraft): void {
  if (channel.head === MAX_SEQ) throw new Error(`channel ${draft.channel} is full: ${MAX_SEQ} events`);
  channel.head += 1;
  const place = placeOf(channel.id, channel.head);
  const { author, body, replyTo = null, key = null, mentions } = draft;
  connection.run(
    'insert into events (place, author_id, author_name, body, reply_to, created_ms, key) values (?, ?, ?, ?, ?, ?, ?)',
    ...[place, author.id, author.name, body, replyTo, channel.headMs, key],
  );
  for (const handle of mentions) connection.run('insert into mentions values (?, ?)', place, handle);
}

const FIND_KEY = `select ${MESSAGE}, body as original from events where key = ? and author_id = ? and place >> 32 = ?`;

/** What a used key names, or that it names something else. Of a message that was deleted nobody can tell what it said: the key alone names it. */
function answerRepeat(connection: Connection, { id }: ChannelRow, draft: ReadDraft): Appended | undefined {
  const row = connection.get(FIND_KEY, ...[draft.key ?? null, draft.author.id, id]);
  if (row === undefined) return undefined;
  const message: Message = messageOf(draft.channel, row);
  const same = message.deletedAt !== undefined || draft.body === row.original;
  return same && draft.replyTo === message.replyTo
    ? { outcome: 'repeated', message }
    : { outcome: 'conflict' };
}
