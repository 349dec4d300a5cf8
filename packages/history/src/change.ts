import { type Change, mentionsIn } from '@carillon/protocol';
import { textArray } from './array-parameter.ts';
import * as sql from './change-statements.ts';
import { type Database, type Run, sqlState, TRY_AGAIN } from './database.ts';
import { messageOf } from './event-row.ts';
import {
  type ChangeDraft,
  type Changed,
  HistoryUnavailable,
  MAX_EDITS_PER_MESSAGE,
  MAX_EMOJI_PER_MESSAGE,
  type NewChange,
} from './history.ts';
import { HOLD_SEARCH_CURSOR } from './search-statements.ts';

/** A transaction is tried again after a deadlock with locks that are not ours. */
const MAX_TRIES = 10;

/** Commits one change of a message in one transaction, its event behind the channel's head. */
export async function changeIn(database: Database, draft: ChangeDraft): Promise<Changed> {
  for (let tries = 0; tries < MAX_TRIES; tries++) {
    try {
      return await database.atomically((run) => commit(run, draft));
    } catch (error) {
      if (!TRY_AGAIN.includes(sqlState(error))) throw error;
    }
  }
  throw new HistoryUnavailable(`a change did not commit in ${MAX_TRIES} tries`);
}

/**
 * Puts a change behind the channel's head, in a transaction of the caller's. The channel has to be there. Once it has
 * committed, the caller publishes what this gives.
 */
export async function appendChange<Draft extends NewChange>(
  run: Run,
  draft: Draft,
): Promise<Extract<Change, { type: Draft['type'] }>> {
  const { type, channel, author, ...rest } = draft;
  const { target = null, body = null, ...detail } = { target: undefined, body: undefined, ...rest };
  const more = Object.keys(detail).length > 0 ? JSON.stringify(detail) : null;
  const [row] = await run(sql.APPEND_CHANGE, [channel, type, author.id, author.name, target, body, more]);
  if (row === undefined) throw new Error(`a change of a channel that is not there: ${channel}`);
  const place = { seq: Number(row.seq), createdAt: new Date(Number(row.ms)).toISOString() };
  return { ...draft, ...place } as unknown as Extract<Change, { type: Draft['type'] }>;
}

async function commit(run: Run, draft: ChangeDraft): Promise<Changed> {
  const { channel, target } = draft;
  // A statement of its own: those that follow see what was committed while this one waited.
  await run(sql.LOCK_CHANNEL, [channel]);
  const [row] = await run(sql.TARGET, [channel, target]);
  if (row === undefined) return { outcome: 'missing' };
  const { body, deletedAt } = messageOf(channel, row);
  if (draft.type === 'delete' && deletedAt !== undefined) return { outcome: 'unchanged' };
  if (deletedAt !== undefined) return { outcome: 'deleted' };
  if (draft.type === 'reaction') return react(run, draft);
  if (draft.type === 'edit' && draft.body === body) return { outcome: 'unchanged' };
  if (draft.type === 'edit' && row.changed !== null) {
    const [count] = await run(sql.COUNT_EDITS, [channel, target]);
    if (Number(count?.edits) >= MAX_EDITS_PER_MESSAGE) return { outcome: 'full' };
  }
  const change = await appendChange(run, draft);
  const { seq, createdAt } = change;
  const place = [seq, Date.parse(createdAt)];
  if (draft.type === 'delete') {
    await run(HOLD_SEARCH_CURSOR, [channel]);
    await run(sql.ERASE, [channel, target, ...place]);
  } else {
    await run(sql.EDIT, [channel, target, draft.body, ...place, textArray(mentionsIn(draft.body))]);
  }
  return { outcome: 'changed', change };
}

async function react(run: Run, draft: Extract<ChangeDraft, { type: 'reaction' }>): Promise<Changed> {
  const { channel, target, author, emoji, op } = draft;
  const [state] = await run(sql.REACTION, [channel, target, emoji, author.id]);
  const { mine, count, kinds } = {
    mine: Number(state?.mine),
    count: Number(state?.count),
    kinds: Number(state?.kinds),
  };
  if ((op === 'add') === mine > 0) return { outcome: 'unchanged' };
  if (op === 'add' && count === 0 && kinds >= MAX_EMOJI_PER_MESSAGE) return { outcome: 'full' };
  const after = op === 'add' ? count + 1 : count - 1;
  const change = await appendChange(run, { ...draft, count: after });
  if (op === 'add') await run(sql.REACT, [channel, target, emoji, author.id, author.name, change.seq]);
  else await run(sql.TAKE_BACK, [channel, target, emoji, author.id, after]);
  return { outcome: 'changed', change };
}
