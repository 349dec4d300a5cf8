import type { Message, Reaction } from '@carillon/protocol';
import type { Database, Row, Run } from './database.ts';
import { messageOf, pinOf, revisionOf } from './event-row.ts';
import { MAX_PINS_PER_CHANNEL, type Page, type PageAsked, type Pin, type Revision } from './history.ts';
import { PAGE_AFTER, PAGE_BEFORE, REVISIONS } from './page-statements.ts';
import { PINS } from './pin-statements.ts';

/** Reads a page of messages in one statement, so that reactions and head are from one snapshot. */
export async function readPage(
  run: Run,
  channel: string,
  { before, after, limit, viewer }: PageAsked,
): Promise<Page> {
  const rows =
    after === undefined
      ? await run(PAGE_BEFORE, [channel, before ?? null, limit, viewer ?? null])
      : await run(PAGE_AFTER, [channel, after, limit, viewer ?? null]);
  const [first] = rows;
  if (first === undefined) return { messages: [], head: 0, earliest: 1, older: false, newer: false };
  return {
    messages: rows.filter(({ seq }) => seq !== null).map((row) => withReactions(channel, row)),
    head: Number(first.head),
    earliest: Number(first.earliest),
    older: Number(first.older) > 0,
    newer: Number(first.newer) > 0,
  };
}

/** Reads the texts that a message had. */
export async function readRevisions(
  database: Database,
  channel: string,
  seq: number,
  after: number,
  limit: number,
): Promise<Revision[]> {
  return (await database.run(REVISIONS, [channel, seq, after, limit])).map(revisionOf);
}

/** Reads the pinned messages of a channel. */
export async function readPins(database: Database, channel: string): Promise<Pin[]> {
  const rows = await database.run(PINS, [channel, MAX_PINS_PER_CHANNEL]);
  return rows.map((row) => pinOf(channel, row));
}

function withReactions(channel: string, row: Row): Message {
  const message = messageOf(channel, row);
  if (row.reactions === null) return message;
  const reactions = (JSON.parse(String(row.reactions)) as Reaction[]).map(({ mine, ...reaction }) =>
    mine ? { ...reaction, mine } : reaction,
  );
  return { ...message, reactions };
}
