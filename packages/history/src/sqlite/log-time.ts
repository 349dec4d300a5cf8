import { LOOKED_BACK } from '../log-time.ts';
import { channelOf } from './channels.ts';
import type { Connection, Row } from './connection.ts';
import { placeOf, SEQ } from './place.ts';

/*
 * Places in a log by time. Old is what is dated before `since`, young what is dated from then to `now`. A date ahead of the clock is of a
 * clock that was wrong, and says nothing (History.seqBefore).
 */

/** Times that an age means, ms. */
interface Ages {
  since: number;
  now: number;
}

interface Dated {
  seq: number;
  ms: number;
}

/** The last event before the first that is young, as History.seqBefore says. In a transaction. */
export function readSeqBefore(connection: Connection, channel: string, ageMs: number): number {
  const row = channelOf(connection, channel);
  if (row === undefined) return 0;
  const { id, earliest, head } = row;
  const ages = agesOf(ageMs);
  for (let upTo = head; ; ) {
    const seq = placeByHalves(connection, id, { low: earliest - 1, high: upTo }, ages);
    const young = firstYoung(connection, id, Math.max(0, seq - LOOKED_BACK), seq, ages);
    if (young === undefined) return seq;
    upTo = young - 1;
  }
}

/** What retention by age looks at in one step. */
export interface LeadingRun {
  /** The last event that is old before the first that is young. */
  old: number | undefined;
  /** How far it was looked; undefined where there is nothing more to look at. */
  upTo: number | undefined;
}

/** Looks at the events of a channel behind `from`, at most `limit`, for what is old. In a transaction. */
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

/** Whether the oldest event of a channel is young: then nothing is to be dropped for its age. */
export function isOldestYoung(connection: Connection, id: number, earliest: number, ageMs: number): boolean {
  return firstYoung(connection, id, earliest - 1, earliest + 1, agesOf(ageMs)) !== undefined;
}

function agesOf(ageMs: number): Ages {
  const now = Date.now();
  return { since: now - ageMs, now };
}

/** An event that is old before one that is young, or `low` where there is none. */
function placeByHalves(
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

/** The first event from `first` to `last` that is not dated ahead of the clock. */
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
        ...[placeOf(id, first), placeOf(id, last), now],
      ),
    )
    .map(({ seq, ms }) => ({ seq: Number(seq), ms: Number(ms) }))
    .sort((a, b) => a.seq - b.seq);
  return known;
}

/** The first young event between two seqs, neither of them among it. */
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
        ...[placeOf(id, after), placeOf(id, before), since, now],
      ),
    ),
  );
}

/** The last old event between two seqs, neither of them among it. */
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
      ...[placeOf(id, after), placeOf(id, before), since],
    ),
  );
  return found.length === 0 ? undefined : Math.max(...found.map(({ seq }) => Number(seq)));
}

function least(rows: readonly Row[]): number | undefined {
  return rows.length === 0 ? undefined : Math.min(...rows.map(({ seq }) => Number(seq)));
}
