import type { Author, LogEvent } from '@carillon/protocol';
import type { ChannelAccess } from './access.ts';
import { appendTo } from './append.ts';
import { int8Array, textArray } from './array-parameter.ts';
import { changeIn } from './change.ts';
import type { Database, Row } from './database.ts';
import { eventOf } from './event-row.ts';
import type {
  Appended,
  ChangeDraft,
  Changed,
  ChannelSummary,
  Draft,
  ExtentWithTimes,
  History,
  Page,
  PageAsked,
  Pin,
  Retention,
  Revision,
  SchemaVersion,
  SeqRange,
  Unpublished,
} from './history.ts';
import { KnownStore } from './known-store.ts';
import { LOOKED_BACK } from './log-time.ts';
import { SCHEMA_VERSION } from './migrations.ts';
import { readPage, readPins, readRevisions } from './page.ts';
import { PostgresRoom } from './postgres-room.ts';
import { ALL_CHANNELS, type ReadScope } from './read-scope.ts';
import type { Reads } from './reads.ts';
import { retainIn } from './retention.ts';
import { scopeParameters } from './scope-parameters.ts';
import type { Search } from './search.ts';
import { SqlAccess } from './sql-access.ts';
import { SqlReads } from './sql-reads.ts';
import { SqlSearch } from './sql-search.ts';
import { SqlTickets } from './sql-tickets.ts';
import { SqlWebhooks } from './sql-webhooks.ts';
import * as sql from './statements.ts';
import type { Tickets } from './tickets.ts';
import { SEQ_BEFORE } from './time-statements.ts';
import type { Webhooks } from './webhooks.ts';

/** Channels marked in one transaction: their rows are locked meanwhile, and posts to them wait. */
const MARK_STEP = 1_000;

/** Default limit for bytes of bodies in a page. */
const DEFAULT_PAGE_BYTES = 16 * 1024 * 1024;

/** Opens the History of a PostgreSQL database: migrates its schema, then serves. Closes the database on failure. */
export async function openSqlHistory(database: Database): Promise<History> {
  const room = new PostgresRoom(database);
  try {
    return new SqlHistory(room, await KnownStore.open(room));
  } catch (error) {
    await database.close();
    throw error;
  }
}

class SqlHistory implements History {
  readonly webhooks: Webhooks;
  readonly access: ChannelAccess;
  readonly reads: Reads;
  readonly tickets: Tickets;
  readonly search: Search;
  readonly #database: PostgresRoom;
  readonly #store: KnownStore;

  constructor(database: PostgresRoom, store: KnownStore) {
    this.#database = database;
    this.#store = store;
    this.webhooks = new SqlWebhooks(database);
    this.access = new SqlAccess(database);
    this.reads = new SqlReads(database);
    this.tickets = new SqlTickets(database);
    this.search = new SqlSearch(database);
  }

  get epoch(): string {
    return this.#store.epoch;
  }

  append(drafts: readonly Draft[]): Promise<Appended[]> {
    return appendTo(this.#database, drafts);
  }

  change(draft: ChangeDraft, of?: Author): Promise<Changed> {
    return changeIn(this.#database, draft, of);
  }

  async get(channel: string, seq: number): Promise<LogEvent | undefined> {
    const [row] = await this.#database.run(sql.GET, [channel, seq]);
    return row && eventOf(channel, row);
  }

  async after(
    channel: string,
    after: number,
    limit: number,
    maxBytes = DEFAULT_PAGE_BYTES,
  ): Promise<LogEvent[]> {
    const rows = await this.#database.run(sql.AFTER, [channel, after, limit, maxBytes]);
    return rows.map((row) => eventOf(channel, row));
  }

  messages(channel: string, asked: PageAsked): Promise<Page> {
    return readPage((...statement) => this.#database.run(...statement), channel, asked);
  }

  revisions(channel: string, seq: number, after: number, limit: number): Promise<Revision[]> {
    return readRevisions(this.#database, channel, seq, after, limit);
  }

  pins(channel: string): Promise<Pin[]> {
    return readPins(this.#database, channel);
  }

  async extents(
    channels: readonly string[],
    ranges: readonly SeqRange[] = [],
  ): Promise<Map<string, ExtentWithTimes>> {
    if (channels.length === 0) return new Map();
    const asked = new Map(ranges.map((range) => [range.channel, range]));
    const rows = await this.#database.run(sql.EXTENTS, [
      textArray(channels),
      int8Array(channels.map((channel) => asked.get(channel)?.first ?? 1)),
      int8Array(channels.map((channel) => asked.get(channel)?.last ?? 0)),
    ]);
    const found = await this.#ofThisStore(rows);
    return new Map(
      found.map(({ name, earliest, head, times }) => [
        String(name),
        {
          earliest: Number(earliest),
          head: Number(head),
          ...(times !== null && { times: Number(times) }),
        },
      ]),
    );
  }

  async seqBefore(channel: string, ageMs: number): Promise<number> {
    let upTo: number | null = null;
    for (;;) {
      const found: Row | undefined = (
        await this.#database.run(SEQ_BEFORE, [channel, ageMs, upTo, LOOKED_BACK])
      )[0];
      const young: Row[string] = found?.young ?? null;
      if (young === null) return Number(found?.seq ?? 0);
      upTo = Number(young) - 1;
    }
  }

  async channels(
    after: string | undefined,
    limit: number,
    scope: ReadScope = ALL_CHANNELS,
  ): Promise<ChannelSummary[]> {
    const rows = await this.#database.run(sql.CHANNELS, [after ?? '', limit, ...scopeParameters(scope)]);
    return rows.map((row) => ({
      channel: String(row.name),
      earliest: Number(row.earliest),
      head: Number(row.head),
      lastAt: new Date(Number(row.head_ms)).toISOString(),
      visibility: row.visibility === 'private' ? 'private' : 'public',
      topic: String(row.topic),
      archived: row.archived_ms !== null,
    }));
  }

  async unpublished(ageMs: number, limit: number): Promise<Unpublished[]> {
    const rows = await this.#database.run(sql.UNPUBLISHED, [ageMs, limit]);
    const found = await this.#ofThisStore(rows);
    return found.map(({ name, published, head }) => ({
      channel: String(name),
      published: Number(published),
      head: Number(head),
    }));
  }

  async markPublished(ranges: readonly SeqRange[]): Promise<void> {
    const multiranges = new Map<string, string[]>();
    for (const { channel, first, last } of ranges) {
      const range = `[${first},${last}]`;
      const known = multiranges.get(channel);
      if (known === undefined) multiranges.set(channel, [range]);
      else known.push(range);
    }
    const channels = [...multiranges.keys()].sort();
    for (let start = 0; start < channels.length; start += MARK_STEP) {
      const some = channels.slice(start, start + MARK_STEP);
      const added = some.map((channel) => `{${multiranges.get(channel)?.join()}}`);
      await this.#database.run(sql.MARK_PUBLISHED, [textArray(some), textArray(added), this.#store.mark]);
    }
  }

  retain(retention: Retention): Promise<number> {
    return retainIn(this.#database, retention);
  }

  async ping(): Promise<void> {
    await this.#database.run(sql.PING, []);
    await this.#database.expectRoom();
  }

  async schema(): Promise<SchemaVersion> {
    const [row] = await this.#database.run(sql.SCHEMA, []);
    return { applied: Number(row?.value ?? 0), known: SCHEMA_VERSION };
  }

  close(): Promise<void> {
    return this.#database.close();
  }

  /** Removes the row that identifies the store, after checking it. */
  async #ofThisStore(rows: readonly Row[]): Promise<Row[]> {
    await this.#store.recognize(rows.find(({ name }) => name === null)?.store);
    return rows.filter(({ name }) => name !== null);
  }
}
