/** A value as both stores represent it. */
export type Cell = string | number | null;

/** A table in the form that is copied. */
export interface Table {
  name: string;
  /** In the order of a row. The columns of the key come first, and rows are read in their order. */
  columns: readonly string[];
  /** How many columns the key has. */
  key: number;
  /** Columns that hold numbers. */
  numbers: ReadonlySet<string>;
}

/** The columns that hold numbers, by name: the same in every table. */
const NUMBER =
  /^(id|version|head|earliest|published|channel_id|seq|target|reply_to|changed|count|since|rank|cursor|failures|until_day|\w+_ms)$/;

function table(name: string, key: string, ...rest: string[]): Table {
  const keys = key.split(' ');
  const columns = [...keys, ...rest.flatMap((columns) => columns.split(' '))];
  return {
    name,
    columns,
    key: keys.length,
    numbers: new Set(columns.filter((column) => isNumber(name, column))),
  };
}

/** The id of a webhook is text. */
function isNumber(table: string, column: string): boolean {
  return NUMBER.test(column) && !(table === 'webhooks' && column === 'id');
}

/** All tables of a store, except those that are rebuilt (the full-text index) or short-lived (tickets). */
export const TABLES: readonly Table[] = [
  table('channels', 'id', 'name earliest head head_ms published'),
  table(
    'events',
    'channel_id seq',
    'author_id author_name body reply_to created_ms key edited edited_ms deleted_ms changed',
  ),
  table('changes', 'channel_id seq', 'type author_id author_name created_ms target body detail'),
  table('reactions', 'channel_id target emoji author_id', 'author_name seq'),
  table('reaction_counts', 'channel_id target emoji', 'count since'),
  table('mentions', 'channel_id seq handle'),
  table('pins', 'channel_id target', 'seq author_id author_name created_ms'),
  table('reads', 'person channel_id', 'seq until_day'),
  table(
    'webhooks',
    'id',
    'channel url secret cursor state paused_because failures failing_since_ms next_ms last_error created_ms',
  ),
  table(
    'channel_settings',
    'channel_id',
    'visibility topic archived_ms created_by_id created_by_name created_ms',
  ),
  table('channel_members', 'channel_id person_id', 'person_name role since_ms'),
  table('sanctions', 'person_id channel kind', 'until_ms reason rank by_id by_name created_ms'),
  table('revocations', 'person_id session', 'before_ms until_ms'),
  table('audit', 'id', 'at_ms by_id by_name act channel person_id details'),
  table('access_changes', 'version', 'channel person_id'),
];

/** The identity of a store, besides its tables. */
export interface Identity {
  epoch: string;
  /** The version of the access rules. */
  access: number;
}

/** A store to copy from. Nobody else may write to it meanwhile. */
export interface CopySource {
  identity(): Promise<Identity>;
  /** Rows of a table in the order of its key, in batches. */
  rows(table: Table): AsyncIterable<Cell[][]>;
  close(): Promise<void>;
}

/** An empty store to copy to. It only becomes a store when it is finished. */
export interface CopyTarget extends CopySource {
  insert(table: Table, rows: readonly Cell[][]): Promise<void>;
  finish(identity: Identity): Promise<void>;
}

/** Rows per batch: a few hundred KiB of usual messages. */
export const ROWS_AT_ONCE = 1_000;

/** The copy is refused; the message says why, for the person who asked for it. */
export class CopyRefused extends Error {
  readonly reason: 'no such store' | 'in use' | 'not empty' | 'cannot write' | 'differs';

  constructor(reason: CopyRefused['reason'], message: string) {
    super(message);
    this.reason = reason;
  }
}
