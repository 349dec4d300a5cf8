import { setImmediate as turn } from 'node:timers/promises';
import { textArray } from './array-parameter.ts';
import type { Database, Row } from './database.ts';
import { messageOf } from './event-row.ts';
import { MARK_READ, OVERVIEW, SWEEP_READS } from './read-statements.ts';
import {
  type ChannelOverview,
  GUEST_READS_DAYS,
  type Marked,
  READS_DAYS,
  type Reader,
  type ReadState,
  type Reads,
} from './reads.ts';

/** Cursors deleted in one statement: some milliseconds of the server. */
const SWEEP_STEP = 500;

/** The read cursors on PostgreSQL. */
export class SqlReads implements Reads {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async mark(reader: Reader, channel: string, seq: number): Promise<Marked> {
    // The result is read first: after the mark is committed no request follows that could fail.
    const [row] = await this.#rows([channel], reader, seq);
    if (row === undefined) return { outcome: 'missing' };
    const head = Number(row.head);
    if (seq > head) return { outcome: 'ahead', head };
    const days = reader.guest ? GUEST_READS_DAYS : READS_DAYS;
    await this.#database.run(MARK_READ, [reader.id, channel, seq, days]);
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

  async sweep(): Promise<number> {
    let dropped = 0;
    for (let step = SWEEP_STEP; step === SWEEP_STEP; ) {
      const [row] = await this.#database.run(SWEEP_READS, [SWEEP_STEP]);
      step = Number(row?.dropped ?? 0);
      dropped += step;
      await turn();
    }
    return dropped;
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
