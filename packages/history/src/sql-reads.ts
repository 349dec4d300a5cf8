import { textArray } from './array-parameter.ts';
import type { Database, Row } from './database.ts';
import { messageOf } from './event-row.ts';
import { MARK_READ, OVERVIEW } from './read-statements.ts';
import type { ChannelOverview, Marked, Reader, ReadState, Reads } from './reads.ts';

/** The read cursors of a database that speaks PostgreSQL. */
export class SqlReads implements Reads {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async mark(reader: Reader, channel: string, seq: number): Promise<Marked> {
    // What will be so is read first: once the mark is committed, nothing is asked that could fail.
    const [row] = await this.#rows([channel], reader, seq);
    if (row === undefined) return { outcome: 'missing' };
    const head = Number(row.head);
    if (seq > head) return { outcome: 'ahead', head };
    await this.#database.run(MARK_READ, [reader.id, channel, seq]);
    return { outcome: 'marked', ...stateOf(row) };
  }

  async overview(
    channels: readonly string[],
    reader: Reader | undefined,
  ): Promise<ReadonlyMap<string, ChannelOverview>> {
    const rows = await this.#rows(channels, reader);
    return new Map(
      rows.map((row) => {
        const channel = String(row.name);
        return [
          channel,
          {
            last: row.seq === null ? undefined : messageOf(channel, row),
            reader: reader && stateOf(row),
          },
        ];
      }),
    );
  }

  async #rows(channels: readonly string[], reader: Reader | undefined, read = 0): Promise<Row[]> {
    if (channels.length === 0) return [];
    return this.#database.run(OVERVIEW, [
      textArray(channels),
      reader?.id ?? null,
      textArray(reader?.handles ?? []),
      read,
    ]);
  }
}

function stateOf(row: Row): ReadState {
  return { read: Number(row.read), unread: Number(row.unread), mentions: Number(row.mentions) };
}
