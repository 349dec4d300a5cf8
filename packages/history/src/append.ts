import { type Message, mentionsIn } from '@carillon/protocol';
import { int8Array, textArray } from './array-parameter.ts';
import { type Database, sqlState, TRY_AGAIN, UNIQUE_VIOLATION } from './database.ts';
import { messageOf } from './event-row.ts';
import type { Appended, Draft } from './history.ts';
import { HistoryUnavailable } from './history-errors.ts';
import { answerRepeat, type Original, postedOf } from './posted.ts';
import { APPEND, APPEND_WITH_MENTIONS, CREATE_CHANNELS, FIND_KEYS } from './statements.ts';
import { storedKey } from './stored-key.ts';

/**
 * A batch is retried after a key turned out to be in use, and after a deadlock with foreign locks. Each retry makes
 * progress; a race for keys with other processes can take a few.
 */
const MAX_TRIES = 10;

/**
 * Commits the drafts in one transaction. It assumes that all keys are new: if the unique index reports a duplicate, the
 * keys are looked up, their drafts are answered with the stored messages, and the rest is retried.
 */
export async function appendTo(database: Database, drafts: readonly Draft[]): Promise<Appended[]> {
  const { first, repeats } = settleWithin(drafts);
  const created = new Map<number, Message>();
  /** The message of a used key, by the draft's index. */
  const used = new Map<number, Original>();
  let open = first;
  for (let tries = 0; open.length > 0; tries++) {
    if (tries === MAX_TRIES)
      throw new HistoryUnavailable(`a batch was not committed in ${MAX_TRIES} attempts`);
    const batch = open.map((index) => drafts[index] as Draft);
    try {
      const messages = await commit(database, batch);
      for (const [ordinal, index] of open.entries()) created.set(index, messages[ordinal] as Message);
      open = [];
    } catch (error) {
      const state = sqlState(error);
      if (TRY_AGAIN.includes(state)) continue;
      if (state !== UNIQUE_VIOLATION) throw error;
      const found = await findKeys(database, batch);
      for (const [ordinal, original] of found) used.set(open[ordinal] as number, original);
      open = open.filter((index) => !used.has(index));
    }
  }
  return drafts.map((draft, index) => {
    const message = created.get(index);
    if (message !== undefined) return { outcome: 'created', message };
    const first = repeats.get(index) ?? index;
    const now = created.get(first);
    return answerRepeat(
      draft,
      now === undefined ? (used.get(first) as Original) : { message: now, body: now.body },
    );
  });
}

/** Of drafts that share a key the first is stored; the others (index → index of the first) get the same answer. */
function settleWithin(drafts: readonly Draft[]): { first: number[]; repeats: Map<number, number> } {
  const first: number[] = [];
  const repeats = new Map<number, number>();
  const seen = new Map<string, number>();
  for (const [index, draft] of drafts.entries()) {
    const { channel, author } = draft;
    const key = storedKey(draft);
    const name = key === undefined ? undefined : `${channel}\n${author.id}\n${key}`;
    const original = name === undefined ? undefined : seen.get(name);
    if (original !== undefined) {
      repeats.set(index, original);
      continue;
    }
    if (name !== undefined) seen.set(name, index);
    first.push(index);
  }
  return { first, repeats };
}

async function commit(database: Database, drafts: readonly Draft[]): Promise<Message[]> {
  const names = [...new Set(drafts.map(({ channel }) => channel))].sort();
  const ordinals = new Map(names.map((name, index) => [name, index]));
  const counts = names.map(() => 0);
  const ordinal: number[] = [];
  const number: number[] = [];
  const mentioned: { index: number; handle: string }[] = [];
  for (const [at, { channel, body }] of drafts.entries()) {
    for (const handle of mentionsIn(body)) mentioned.push({ index: at, handle });
    const index = ordinals.get(channel) as number;
    counts[index] = (counts[index] as number) + 1;
    ordinal.push(index + 1);
    number.push(counts[index] as number);
  }
  const parameters = [
    textArray(names),
    int8Array(counts),
    int8Array(ordinal),
    int8Array(number),
    textArray(drafts.map(({ author }) => author.id)),
    textArray(drafts.map(({ author }) => author.name)),
    textArray(drafts.map(({ body }) => body)),
    int8Array(drafts.map(({ replyTo }) => replyTo)),
    textArray(drafts.map(storedKey)),
  ];
  const statement = mentioned.length === 0 ? APPEND : APPEND_WITH_MENTIONS;
  if (mentioned.length > 0) {
    parameters.push(
      int8Array(mentioned.map(({ index }) => ordinal[index])),
      int8Array(mentioned.map(({ index }) => number[index])),
      textArray(mentioned.map(({ handle }) => handle)),
    );
  }
  let rows = await database.run(statement, parameters);
  if (rows.length === 0) {
    await database.run(CREATE_CHANNELS, [textArray(names)]);
    rows = await database.run(statement, parameters);
  }
  const moved = new Map(
    rows.map((row) => [
      Number(row.ordinal),
      { base: Number(row.base), createdAt: new Date(Number(row.ms)).toISOString() },
    ]),
  );
  return drafts.map((draft, index) => {
    const { base, createdAt } = moved.get(ordinal[index] as number) as { base: number; createdAt: string };
    return postedOf(draft, base + (number[index] as number), createdAt);
  });
}

/** The messages of these drafts' keys, by the draft's index. */
async function findKeys(database: Database, drafts: readonly Draft[]): Promise<Map<number, Original>> {
  const rows = await database.run(FIND_KEYS, [
    textArray(drafts.map(({ channel }) => channel)),
    textArray(drafts.map(({ author }) => author.id)),
    textArray(drafts.map(storedKey)),
  ]);
  return new Map(
    rows.map((row) => {
      const ordinal = Number(row.ordinal) - 1;
      const message = messageOf((drafts[ordinal] as Draft).channel, row);
      return [ordinal, { message, body: String(row.original) }];
    }),
  );
}
