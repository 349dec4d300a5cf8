import { createHash, type Hash } from 'node:crypto';
import { type Cell, CopyRefused, type CopySource, type CopyTarget, TABLES, type Table } from './tables.ts';

/** Progress of a copy. */
export interface CopyProgress {
  table: string;
  rows: number;
}

/** The result of a copy. */
export interface Copied {
  epoch: string;
  /** Number of rows of each table. */
  rows: ReadonlyMap<string, number>;
}

/**
 * Copies everything from one store to another, and compares the two: number of rows and a checksum, for each channel
 * and for data without a channel. The target becomes a store at the end, or stays empty.
 *
 * @throws CopyRefused if they differ; what the stores throw.
 */
export async function copyTables(
  from: CopySource,
  to: CopyTarget,
  notify: (progress: CopyProgress) => void,
): Promise<Copied> {
  const counted = new Map<string, number>();
  const identity = await from.identity();
  for (const table of TABLES) {
    const read = new Seals(table);
    let rows = 0;
    for await (const some of from.rows(table)) {
      read.add(some);
      await to.insert(table, some);
      rows += some.length;
      notify({ table: table.name, rows });
    }
    const written = new Seals(table);
    for await (const some of to.rows(table)) written.add(some);
    compare(table, read.end(), written.end());
    counted.set(table.name, rows);
  }
  await to.finish(identity);
  return { epoch: identity.epoch, rows: counted };
}

/** The rows of one channel in one table, and their checksum. */
interface Seal {
  rows: number;
  sha256: string;
}

/**
 * Computes the checksums of a table while its rows pass: per channel if they are sorted by channel, else as a whole.
 */
class Seals {
  readonly #byChannel: number;
  readonly #sealed = new Map<string, Seal>();
  #name = '';
  #rows = 0;
  #hash: Hash = createHash('sha256');

  constructor({ columns }: Table) {
    this.#byChannel = columns[0] === 'channel_id' ? 0 : -1;
  }

  add(rows: readonly (readonly Cell[])[]): void {
    for (const row of rows) {
      const name = this.#byChannel < 0 ? 'all' : `channel ${row[this.#byChannel]}`;
      if (name !== this.#name) {
        this.#seal();
        this.#name = name;
      }
      this.#rows += 1;
      this.#hash.update(`${JSON.stringify(row)}\n`);
    }
  }

  end(): ReadonlyMap<string, Seal> {
    this.#seal();
    return this.#sealed;
  }

  #seal(): void {
    if (this.#rows > 0) {
      this.#sealed.set(this.#name, { rows: this.#rows, sha256: this.#hash.digest('hex') });
    }
    this.#rows = 0;
    this.#hash = createHash('sha256');
  }
}

function compare({ name }: Table, read: ReadonlyMap<string, Seal>, written: ReadonlyMap<string, Seal>): void {
  for (const part of new Set([...read.keys(), ...written.keys()])) {
    const [one, other] = [read.get(part), written.get(part)];
    if (one?.rows === other?.rows && one?.sha256 === other?.sha256) continue;
    const rows = (seal: Seal | undefined) => seal?.rows ?? 0;
    throw new CopyRefused(
      'differs',
      `the copy differs in ${name}, ${part}: ${rows(one)} rows were read and ${rows(other)} were written. The copy was discarded`,
    );
  }
}
