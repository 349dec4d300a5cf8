import { type Author, type Change, type Message, mentionsIn } from '@carillon/protocol';
import { textArray } from './array-parameter.ts';
import { auditActionOf, changeFrom, columnsOf, subjectOf, undoes } from './change-columns.ts';
import * as sql from './change-statements.ts';
import { type Database, type Run, sqlState, TRY_AGAIN } from './database.ts';
import { messageOf } from './event-row.ts';
import {
  type ChangeDraft,
  type Changed,
  MAX_EDITS_PER_MESSAGE,
  MAX_EMOJI_PER_MESSAGE,
  MAX_PINS_PER_CHANNEL,
  type NewChange,
  type Refused,
} from './history.ts';
import { HistoryUnavailable } from './history-errors.ts';
import { readPage } from './page.ts';
import { PIN, PINNED, UNPIN } from './pin-statements.ts';
import { recordAudit } from './record-audit.ts';
import { HOLD_SEARCH_CURSOR } from './search-statements.ts';

/** A transaction is retried after a deadlock with foreign locks. */
const MAX_TRIES = 10;

/** Commits one change of a message in one transaction, with its event after the channel's head. */
export async function changeIn(database: Database, draft: ChangeDraft, of?: Author): Promise<Changed> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    try {
      return await database.atomically((run) => commit(run, draft, of));
    } catch (error) {
      if (!TRY_AGAIN.includes(sqlState(error))) throw error;
    }
  }
  throw new HistoryUnavailable(`a change was not committed in ${MAX_TRIES} attempts`);
}

/**
 * Appends a change after the channel's head, in the caller's transaction. The channel must exist. After the commit, the
 * caller publishes the returned change.
 */
export async function appendChange<Draft extends NewChange>(
  run: Run,
  draft: Draft,
): Promise<Extract<Change, { type: Draft['type'] }>> {
  const { type, channel, author } = draft;
  const { target, body, detail } = columnsOf(draft);
  const [row] = await run(sql.APPEND_CHANGE, [channel, type, author.id, author.name, target, body, detail]);
  if (row === undefined) throw new Error(`a change in a channel that does not exist: ${channel}`);
  return changeFrom(draft, Number(row.seq), Number(row.ms));
}

async function commit(run: Run, draft: ChangeDraft, of: Author | undefined): Promise<Changed> {
  const { channel, author } = draft;
  // A separate statement: later statements see what was committed while this one waited for the lock.
  await run(sql.LOCK_CHANNEL, [channel]);
  const change = await changeLocked(run, draft);
  if (typeof change === 'string') {
    return change === 'unchanged'
      ? { outcome: change, message: await targetOf(run, draft) }
      : { outcome: change };
  }
  const act = auditActionOf(draft);
  if (of !== undefined && act !== undefined) {
    await recordAudit(run, { by: author, act, channel, person: of.id, details: { seq: subjectOf(draft) } });
  }
  return { outcome: 'changed', change, message: await targetOf(run, draft) };
}

/** Makes the change, unless it was made before or is impossible. */
async function changeLocked(run: Run, draft: ChangeDraft): Promise<Change | Refused> {
  const { channel } = draft;
  const target = subjectOf(draft);
  const [row] = await run(sql.TARGET, [channel, target]);
  if (row === undefined) return 'missing';
  const { body, deletedAt } = messageOf(channel, row);
  if (deletedAt !== undefined) return undoes(draft) ? 'unchanged' : 'deleted';
  if (draft.type === 'reaction') return react(run, draft);
  if (draft.type === 'pin') return pin(run, draft);
  if (draft.type === 'edit' && draft.body === body) return 'unchanged';
  if (draft.type === 'edit' && row.changed !== null) {
    const [count] = await run(sql.COUNT_EDITS, [channel, target]);
    if (Number(count?.edits) >= MAX_EDITS_PER_MESSAGE) return 'full';
  }
  const change = await appendChange(run, draft);
  const { seq, createdAt } = change;
  const seqAndTime = [seq, Date.parse(createdAt)];
  if (draft.type === 'delete') {
    await run(HOLD_SEARCH_CURSOR, [channel]);
    await run(sql.ERASE, [channel, target, ...seqAndTime]);
  } else {
    await run(sql.EDIT, [channel, target, draft.body, ...seqAndTime, textArray(mentionsIn(draft.body))]);
  }
  return change;
}

async function react(run: Run, draft: Extract<ChangeDraft, { type: 'reaction' }>): Promise<Change | Refused> {
  const { channel, target, author, emoji, op } = draft;
  const [state] = await run(sql.REACTION, [channel, target, emoji, author.id]);
  const { mine, count, kinds } = {
    mine: Number(state?.mine),
    count: Number(state?.count),
    kinds: Number(state?.kinds),
  };
  if ((op === 'add') === mine > 0) return 'unchanged';
  if (op === 'add' && count === 0 && kinds >= MAX_EMOJI_PER_MESSAGE) return 'full';
  const after = op === 'add' ? count + 1 : count - 1;
  const change = await appendChange(run, { ...draft, count: after });
  if (op === 'add') await run(sql.REACT, [channel, target, emoji, author.id, author.name, change.seq]);
  else await run(sql.TAKE_BACK, [channel, target, emoji, author.id, after]);
  return change;
}

async function pin(run: Run, draft: Extract<ChangeDraft, { type: 'pin' }>): Promise<Change | Refused> {
  const { channel, message, author, op } = draft;
  const [state] = await run(PINNED, [channel, message]);
  if ((op === 'add') === Number(state?.mine) > 0) return 'unchanged';
  if (op === 'add' && Number(state?.count) >= MAX_PINS_PER_CHANNEL) return 'full';
  const change = await appendChange(run, draft);
  if (op === 'remove') await run(UNPIN, [channel, message]);
  else await run(PIN, [channel, message, change.seq, author.id, author.name, Date.parse(change.createdAt)]);
  return change;
}

/** Read in this transaction, so that the answer needs no second request to a store that may be unavailable by then. */
async function targetOf(run: Run, draft: ChangeDraft): Promise<Message> {
  const { channel, author } = draft;
  const asked = { after: subjectOf(draft) - 1, limit: 1, viewer: author.id };
  const { messages } = await readPage(run, channel, asked);
  return messages[0] as Message;
}
