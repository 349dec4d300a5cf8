import { messageOf } from '../event-row.ts';
import type { Appended, Draft } from '../history.ts';
import { answerRepeat, type Original } from '../posted.ts';
import { storedKey } from '../stored-key.ts';
import { type ChannelRow, channelMade, moveHead } from './channels.ts';
import type { Connection } from './connection.ts';
import { CHANNEL_ID, keyOf, MAX_SEQ } from './event-key.ts';
import { MESSAGE } from './rows.ts';

/** A draft with the handles that its text mentions, which the main thread has parsed. */
export interface ReadDraft extends Draft {
  mentions: readonly string[];
}

/**
 * The result of a batch: for each draft its seq and when it was committed, ms; or, if it was not stored, its answer.
 * Small, because it is passed between threads.
 */
export interface Stored {
  seqs: number[];
  times: number[];
  others: Map<number, Appended>;
}

/** Appends drafts after the heads of their channels, in order, in the caller's transaction. */
export function append(connection: Connection, drafts: readonly ReadDraft[]): Stored {
  const stored: Stored = { seqs: [], times: [], others: new Map() };
  const channels = new Map<string, ChannelRow>();
  /** Channels that got an event: a repeated post changes nothing, and is not the newest of its channel. */
  const moved = new Set<ChannelRow>();
  const now = Date.now();
  for (const [index, draft] of drafts.entries()) {
    let channel = channels.get(draft.channel);
    if (channel === undefined) {
      channel = channelMade(connection, draft.channel);
      // Times never decrease along a log, whatever the clock does.
      channel.headMs = Math.max(channel.headMs, now);
      channels.set(draft.channel, channel);
    }
    const original = findKey(connection, channel, draft);
    if (original !== undefined) {
      stored.others.set(index, answerRepeat(draft, original));
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
  if (channel.head === MAX_SEQ) throw new Error(`channel ${draft.channel} is full: it has ${MAX_SEQ} events`);
  channel.head += 1;
  const key = keyOf(channel.id, channel.head);
  const { author, body, replyTo = null, mentions } = draft;
  connection.run(
    'insert into events (place, author_id, author_name, body, reply_to, created_ms, key) values (?, ?, ?, ?, ?, ?, ?)',
    ...[key, author.id, author.name, body, replyTo, channel.headMs, storedKey(draft) ?? null],
  );
  for (const handle of mentions) connection.run('insert into mentions values (?, ?)', key, handle);
}

const FIND_KEY = `select ${MESSAGE}, body as original from events where key = ? and author_id = ? and ${CHANNEL_ID} = ?`;

/** The message that the draft's key identified before, if it was used. */
function findKey(connection: Connection, { id }: ChannelRow, draft: ReadDraft): Original | undefined {
  const key = storedKey(draft);
  if (key === undefined) return undefined;
  const row = connection.get(FIND_KEY, key, draft.author.id, id);
  return row && { message: messageOf(draft.channel, row), body: String(row.original) };
}
