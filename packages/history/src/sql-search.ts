import { setImmediate } from 'node:timers/promises';
import type { Message } from '@carillon/protocol';
import { int8Array, textArray } from './array-parameter.ts';
import { type Database, type Row, type Run, sqlState } from './database.ts';
import { messageOf } from './event-row.ts';
import { HistoryUnavailable } from './history-errors.ts';
import { scopeParameters } from './scope-parameters.ts';
import {
  type Indexed,
  type Search,
  type SearchCursor,
  type SearchHit,
  type SearchPage,
  type SearchPosition,
  type SearchRequest,
  SearchTooSlow,
} from './search.ts';
import { excerptOf } from './search-excerpt.ts';
import * as sql from './search-statements.ts';
import { END, type Scored, type Taken, take } from './search-window.ts';
import { MAX_SEARCHED_LENGTH, wordsOf } from './search-words.ts';
import { tsqueryOf, vectorOf } from './text-search.ts';

/** Channels examined in one turn. */
const CHANNELS_PER_TURN = 32;

/** Events read in one turn over all its channels: one transaction of about 20 ms. */
const EVENTS_PER_TURN = 256;

/** Bytes of texts in one turn, but at least one channel's share: 20 ms or more of CPU time in this process. */
const BYTES_PER_TURN = 64 * 1024;

/** SQLSTATE of a statement that was cancelled by its time limit. */
const CANCELED = '57014';

/** A page whose excerpts are not made yet. */
interface Found {
  messages: Message[];
  next: SearchCursor | undefined;
}

/** The full-text index on PostgreSQL. */
export class SqlSearch implements Search {
  readonly #database: Database;
  /** Channels take turns: the next turn begins after this id. */
  #after = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  async find(request: SearchRequest): Promise<SearchPage> {
    const { messages, next } = await this.#find(request);
    const hits: SearchHit[] = [];
    for (const message of messages) {
      // An excerpt takes milliseconds; yield between them.
      if (hits.length > 0) await setImmediate();
      hits.push({ message, excerpt: excerptOf(message.body, request.query.phrases) });
    }
    return { hits, next };
  }

  async #find(request: SearchRequest): Promise<Found> {
    try {
      return await this.#database.atomically((run) => find(run, request));
    } catch (error) {
      if (error instanceof HistoryUnavailable && sqlState(error.cause) === CANCELED) {
        throw new SearchTooSlow('the search took too long', { cause: error });
      }
      throw error;
    }
  }

  async index(events = EVENTS_PER_TURN): Promise<Indexed> {
    const rows = await this.#database.run(sql.UNINDEXED, [this.#after, CHANNELS_PER_TURN]);
    const ids = rows.map(({ id }) => Number(id));
    const wrapped = this.#after > 0;
    const whole = ids.length === CHANNELS_PER_TURN;
    this.#after = whole ? (ids.at(-1) ?? 0) : 0;
    if (ids.length === 0) return { messages: 0, behind: 0, more: wrapped };
    await this.#database.run(sql.ADD_SEARCH_CURSORS, [int8Array(ids)]);
    const { left, ...done } = await this.#database.atomically((run) => indexSome(run, ids, events));
    if (left !== undefined) this.#after = left;
    return { ...done, more: whole || left !== undefined || done.behind > 0 };
  }
}

/** `left`: the byte limit was reached at the channel with this id. */
async function indexSome(
  run: Run,
  ids: readonly number[],
  events: number,
): Promise<Omit<Indexed, 'more'> & { left?: number | undefined }> {
  const cursors = await run(sql.TAKE_SEARCH_CURSORS, [int8Array(ids)]);
  if (cursors.length === 0) return { messages: 0, behind: 0 };
  const share = (all: number) => Math.ceil(all / cursors.length);
  const rows = await run(sql.TO_INDEX, [
    int8Array(cursors.map(({ channel_id }) => Number(channel_id))),
    int8Array(cursors.map(({ seq }) => Number(seq))),
    share(events),
    share(BYTES_PER_TURN),
  ]);

  const moved = new Map<number, { upto: number; head: number }>();
  /** A message that was edited twice is in two rows. */
  const entries = new Map<string, { channelId: number; seq: number; words: string }>();
  let bytes = 0;
  let last = 0;
  let left: number | undefined;
  for (const { channel_id, upto, head, seq, body } of rows) {
    const channelId = Number(channel_id);
    if (bytes >= BYTES_PER_TURN && !moved.has(channelId)) {
      left = last;
      continue;
    }
    last = channelId;
    moved.set(channelId, { upto: Number(upto), head: Number(head) });
    const key = `${channelId} ${seq}`;
    if (seq === null || entries.has(key)) continue;
    if (bytes > 0) await setImmediate();
    const text = String(body).slice(0, MAX_SEARCHED_LENGTH);
    bytes += Buffer.byteLength(text);
    const words = vectorOf(wordsOf(text), [channelWord(channelId)]);
    entries.set(key, { channelId, seq: Number(seq), words });
  }
  if (entries.size > 0) {
    const put = [...entries.values()];
    await run(sql.PUT_ENTRIES, [
      int8Array(put.map(({ channelId }) => channelId)),
      int8Array(put.map(({ seq }) => seq)),
      textArray(put.map(({ words }) => words)),
    ]);
  }
  const columns = [int8Array([...moved.keys()]), int8Array(Array.from(moved.values(), ({ upto }) => upto))];
  await run(sql.MOVE_SEARCH_CURSORS, columns);
  await run(sql.MARK_INDEXED, columns);
  let behind = 0;
  for (const { upto, head } of moved.values()) behind += head - upto;
  return { messages: entries.size, behind, left };
}

/**
 * The word by which the index finds the messages of one channel. No text contains it: it has a character that is not
 * part of any word.
 */
const channelWord = (id: number) => `#${id}`;

async function find(run: Run, request: SearchRequest): Promise<Found> {
  const { channel, before, limit } = request;
  const [begun] = await run(sql.BEGIN_SEARCH, [channel ?? null]);
  const channelId = begun?.id ?? null;
  if (channel !== undefined && channelId === null) return { messages: [], next: undefined };

  const top: SearchPosition = before === undefined ? END : [before, 0, 0];
  let at: SearchCursor | undefined = request.cursor ?? { now: Number(begun?.now_ms), top };
  const page: Scored[] = [];
  while (at !== undefined && page.length < limit) {
    const rows = await run(sql.FIND, findParameters(request, channelId, at));
    const { taken, next }: Taken<Scored> = take(rows.map(scoredOf), at, limit - page.length);
    page.push(...taken);
    at = next;
  }
  if (page.length === 0) return { messages: [], next: undefined };
  const rows = await run(sql.FOUND, [
    int8Array(page.map(({ position }) => position[1])),
    int8Array(page.map(({ position }) => position[2])),
  ]);
  return { messages: rows.map((row) => messageOf(String(row.name), row)), next: at };
}

function findParameters({ query, scope, author }: SearchRequest, channelId: Row[string], at: SearchCursor) {
  const filter = channelId === null ? '' : ` & '${channelWord(Number(channelId))}'`;
  return [
    `(${tsqueryOf(query)})${filter}`,
    tsqueryOf(query),
    at.now,
    ...at.top,
    ...(at.bottom ?? [null, null, null]),
    author ?? null,
    ...scopeParameters(scope),
  ];
}

const scoredOf = (row: Row): Scored => ({
  score: Number(row.score),
  position: [Number(row.created_ms), Number(row.channel_id), Number(row.seq)],
});
