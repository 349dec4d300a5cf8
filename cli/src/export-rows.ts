import type { Message } from '@carillon/client';
import { BOM, type Delimiter, record } from './csv.ts';
import { jsonLine } from './terminal.ts';

/**
 * A format of the server's exports. For CSV only: `delimiter` (a comma by default), and `bom`, whether the file starts
 * with U+FEFF.
 */
export interface Form {
  format: 'ndjson' | 'csv';
  delimiter?: Delimiter | undefined;
  bom?: boolean | undefined;
}

/** How messages are written in a format: the beginning of the file, and then one page after the other. */
interface Rows {
  head: string;
  page(messages: readonly Message[]): string;
}

const COLUMNS = 'channel,seq,createdAt,authorId,authorName,replyTo,body,key,editedAt,deletedAt'.split(',');

const NDJSON: Rows = { head: '', page: (messages) => messages.map(jsonLine).join('') };

/** The writer for this format; it writes like the server's worker. */
export function rowsOf({ format, delimiter = ',', bom = false }: Form): Rows {
  if (format === 'ndjson') return NDJSON;
  return {
    head: (bom ? BOM : '') + record(COLUMNS, delimiter),
    page: (messages) => messages.map((message) => record(cellsOf(message), delimiter)).join(''),
  };
}

const cellsOf = ({ channel, seq, createdAt, author, replyTo, body, key, editedAt, deletedAt }: Message) => [
  channel,
  seq,
  createdAt,
  author.id,
  author.name,
  replyTo,
  body,
  key,
  editedAt,
  deletedAt,
];
