import { LOOKED_BACK } from '../log-time.ts';
import { channelOf } from './channels.ts';
import type { Connection, Row } from './connection.ts';
import { keyOf, SEQ } from './event-key.ts';

/*
 * Positions in a log by time. "Old" events have a time before `since`, "young" events from then until `now`. A time in
 * the future comes from a wrong clock, and is ignored (History.seqBefore).
 */

/** The limits of old and young, ms. */
interface Ages {
  since: number;
  now: number;
}

interface Dated {
  seq: number;
  ms: number;
}

/** The last event before the first young event, as History.seqBefore says. In a transaction. */
export function readSeqBefore(connection: Connection, channel: string, ageMs: number): number {
  const row = channelOf(connection, channel);
  if (row === undefined) return 0;
  const { id, earliest, head } = row;
  const ages = agesOf(ageMs);
  for (let upTo = head; ; ) {
    const seq = bisectOld(connection, id, { low: earliest - 1, high: upTo }, ages);
    const young = firstYoung(connection, id, Math.max(0, seq - LOOKED_BACK), seq, ages);
    if (young === undefined) return seq;
    upTo = young - 1;
  }
}

/** The result of one step of retention by age. */
export interface LeadingRun {
  /** The last old event before the first young event. */
  old: number | undefined;
  /** How far the log was examined; undefined if there is nothing more to examine. */
  upTo: number | undefined;
}

/** Searches the events of a channel after `from`, at most `limit`, for old events. In a transaction. */
export function readLeadingRun(
  connection: Connection,
  channel: string,
  ageMs: number,
  from: number,
  limit: number,
): LeadingRun {
  const row = channelOf(connection, channel);
  if (row === undefined) return { old: undefined, upTo: undefined };
  const { id, earliest, head } = row;
  const base = Math.max(from, earliest - 1);
  const end = Math.min(head, base + limit);
  const ages = agesOf(ageMs);
  const young = firstYoung(connection, id, base, end + 1, ages);
  const old = lastOld(connection, id, base, young ?? end + 1, ages);
  return { old, upTo: young === undefined && end < head ? end : undefined };
}

/** Whether the oldest event of a channel is young: then nothing has to be deleted by age. */
export function isOldestYoung(connection: Connection, id: number, earliest: number, ageMs: number): boolean {
  return firstYoung(connection, id, earliest - 1, earliest + 1, agesOf(ageMs)) !== undefined;
}

function agesOf(ageMs: number): Ages {
  const now = Date.now();
  return { since: now - ageMs, now };
}

/** An old event before a young event, by binary search, or `low` if there is none. */
function bisectOld(
  connection: Connection,
  id: number,
  { low, high }: { low: number; high: number },
  { since, now }: Ages,
): number {
  let [before, end] = [low, high];
  while (before < end) {
    const middle = Math.floor((before + end + 1) / 2);
    const known = firstKnown(connection, id, middle, end, now);
    if (known !== undefined && known.ms < since) before = known.seq;
    else end = middle - 1;
  }
  return before;
}

/** The first event from `first` to `last` whose time is not in the future. */
function firstKnown(
  connection: Connection,
  id: number,
  first: number,
  last: number,
  now: number,
): Dated | undefined {
  const [known] = ['events', 'changes']
    .flatMap((table) =>
      connection.all(
        `select ${SEQ} as seq, created_ms as ms from ${table}
         where place >= ? and place <= ? and created_ms <= ? order by place limit 1`,
        ...[keyOf(id, first), keyOf(id, last), now],
      ),
    )
    .map(({ seq, ms }) => ({ seq: Number(seq), ms: Number(ms) }))
    .sort((a, b) => a.seq - b.seq);
  return known;
}

/** The first young event between two seqs, both excluded. */
function firstYoung(
  connection: Connection,
  id: number,
  after: number,
  before: number,
  { since, now }: Ages,
): number | undefined {
  return least(
    ['events', 'changes'].flatMap((table) =>
      connection.all(
        `select ${SEQ} as seq from ${table}
         where place > ? and place < ? and created_ms between ? and ? order by place limit 1`,
        ...[keyOf(id, after), keyOf(id, before), since, now],
      ),
    ),
  );
}

/** The last old event between two seqs, both excluded. */
function lastOld(
  connection: Connection,
  id: number,
  after: number,
  before: number,
  { since }: Ages,
): number | undefined {
  const found = ['events', 'changes'].flatMap((table) =>
    connection.all(
      `select ${SEQ} as seq from ${table}
       where place > ? and place < ? and created_ms < ? order by place desc limit 1`,
      ...[keyOf(id, after), keyOf(id, before), since],
    ),
  );
  return found.length === 0 ? undefined : Math.max(...found.map(({ seq }) => Number(seq)));
}

function least(rows: readonly Row[]): number | undefined {
  return rows.length === 0 ? undefined : Math.min(...rows.map(({ seq }) => Number(seq)));
}
