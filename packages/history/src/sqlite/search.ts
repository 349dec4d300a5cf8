import { messageOf } from '../event-row.ts';
import type { SearchCursor, SearchHit, SearchPage, SearchPosition, SearchRequest } from '../search.ts';
import { SearchTooSlow } from '../search.ts';
import { excerptOf } from '../search-excerpt.ts';
import type { SearchQuery, Term } from '../search-query.ts';
import {
  AGELESS,
  END,
  FRESH_MS,
  type Scored,
  SEARCH_TIMEOUT_MS,
  type Taken,
  take,
  WINDOW,
} from '../search-window.ts';
import { channelOf } from './channels.ts';
import type { Connection, Row } from './connection.ts';
import { CHANNEL_ID, channelIn } from './event-key.ts';
import { NUMBER, TIME_MS, timeKeyOf } from './indexing.ts';
import { readableChannel } from './readable.ts';
import { MESSAGE } from './rows.ts';

/** A match, and its message's key. */
interface Match extends Scored {
  timeKey: bigint;
}

/**
 * Finds messages in the index, as Search says. In a transaction.
 *
 * @throws SearchTooSlow
 */
export function find(connection: Connection, request: SearchRequest): SearchPage {
  const { channel, before, limit } = request;
  const row = channel === undefined ? undefined : channelOf(connection, channel);
  if (channel !== undefined && row === undefined) return { hits: [], next: undefined };
  const deadline = performance.now() + SEARCH_TIMEOUT_MS;
  const top: SearchPosition = before === undefined ? END : [before, 0, 0];
  let at: SearchCursor | undefined = request.cursor ?? { now: Date.now(), top };
  const page: Match[] = [];
  while (at !== undefined && page.length < limit) {
    const window = matching(connection, request, row?.id, at, deadline);
    const { taken, next }: Taken<Match> = take(window, at, limit - page.length);
    page.push(...taken);
    at = next;
  }
  const hits = page.flatMap((match) => hitOf(connection, match, request.query));
  return { hits, next: hits.length === 0 ? undefined : at };
}

/** The newest matches before `at.top`, at most a window of them, newest first. */
function matching(
  connection: Connection,
  { query, scope, author }: SearchRequest,
  channelId: number | undefined,
  at: SearchCursor,
  deadline: number,
): Match[] {
  const isReadable = readableById(connection, scope);
  const rows = connection.each(
    `select ${TIME_MS} as ms, ${NUMBER} as number, ${channelIn('e.place')} as channel_id,
       e.author_id, e.created_ms, s.words
     from search s join search_entries e on e.time_place = s.rowid
     where search match ? and s.rowid < ? and s.rowid >= ? order by s.rowid desc`,
    matchOf(query, channelId),
    boundOf(at.top),
    at.bottom === undefined ? 0 : boundOf(at.bottom),
  );
  const matches: Match[] = [];
  for (const row of rows) {
    if (performance.now() > deadline) throw new SearchTooSlow('the search took too long');
    if (author !== undefined && row.author_id !== author) continue;
    if (!isReadable(Number(row.channel_id))) continue;
    const position: SearchPosition = [Number(row.ms), Number(row.number), 0];
    matches.push({
      position,
      timeKey: timeKeyOf(...timeAndNumber(position)),
      score: scoreOf(row, query, at.now),
    });
    if (matches.length === WINDOW) break;
  }
  return matches;
}

const timeAndNumber = ([ms, number]: SearchPosition): [ms: number, number: number] => [ms, number];

/**
 * The index position that all matches before this search position are below: excluding those at the position itself,
 * unless its last part includes them.
 */
function boundOf([ms, number, after]: SearchPosition): bigint {
  return timeKeyOf(ms, number) + (after > 0 ? 1n : 0n);
}

/** Returns a function that checks whether a channel's id is readable; each channel is looked up once. */
function readableById(connection: Connection, scope: SearchRequest['scope']): (id: number) => boolean {
  const isReadable = readableChannel(connection, scope);
  const known = new Map<number, boolean>();
  return (id) => {
    let readable = known.get(id);
    if (readable === undefined) {
      const row = connection.get(
        'select name, visibility from channels left join channel_settings on channel_id = id where id = ?',
        id,
      );
      const visibility = row?.visibility === 'private' ? 'private' : 'public';
      readable = row !== undefined && isReadable({ id, name: String(row.name), visibility });
      known.set(id, readable);
    }
    return readable;
  };
}

/** A query in the syntax of FTS5 (SQLite's documentation, "Full-text Query Syntax"): every word is quoted. */
function matchOf({ alternatives }: SearchQuery, channelId: number | undefined): string {
  const words = alternatives.map((terms) => {
    const [wanted, unwanted] = [false, true].map((without) =>
      terms.filter((term) => term.without === without),
    );
    const all = `(${(wanted ?? []).map(termOf).join(' AND ')})`;
    const none = (unwanted ?? []).map(termOf).join(' OR ');
    return none === '' ? all : `(${all} NOT (${none}))`;
  });
  const matched = `words : (${words.join(' OR ')})`;
  return channelId === undefined ? matched : `${matched} AND channel : "${channelId}"`;
}

const termOf = ({ words, prefix }: Term): string => `"${words.join(' ')}"${prefix ? ' *' : ''}`;

/** The score grows with the number of occurrences, and is higher in a short text and in a recent message. */
function scoreOf(row: Row, { phrases }: SearchQuery, now: number): number {
  const text = ` ${row.words} `;
  let said = 0;
  for (const { words, prefix } of phrases) {
    for (const [index, word] of words.entries()) {
      const wanted = prefix && index === words.length - 1 ? ` ${word}` : ` ${word} `;
      const count = timesIn(text, wanted);
      if (count > 0) said += 1 + Math.log(count);
    }
  }
  const newness = AGELESS + (1 - AGELESS) / (1 + Math.max(0, now - Number(row.created_ms)) / FRESH_MS);
  return Math.round((1e9 * said * newness) / (1 + Math.log(text.length)));
}

function timesIn(text: string, wanted: string): number {
  let count = 0;
  // The space after a word is the one before the next.
  for (let at = text.indexOf(wanted); at >= 0; at = text.indexOf(wanted, at + wanted.length - 1)) count += 1;
  return count;
}

function hitOf(connection: Connection, { timeKey }: Match, query: SearchQuery): SearchHit[] {
  const row = connection.get(
    `select ${MESSAGE}, ${CHANNEL_ID} as channel_id from events
     where place = (select place from search_entries where time_place = ?) and deleted_ms is null`,
    timeKey,
  );
  if (row === undefined) return [];
  const channel = connection.get('select name from channels where id = ?', Number(row.channel_id));
  const message = messageOf(String(channel?.name), row);
  return [{ message, excerpt: excerptOf(message.body, query.phrases) }];
}
