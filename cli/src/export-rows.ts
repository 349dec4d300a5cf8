import type { Message } from '@carillon/client';
import { BOM, type Delimiter, record } from './csv.ts';
import { jsonLine } from './terminal.ts';

/** A form of the server's exports. `delimiter` (a comma where it is missing) and `bom`, whether U+FEFF begins it, are of CSV. */
export interface Form {
  format: 'ndjson' | 'csv';
  delimiter?: Delimiter | undefined;
  bom?: boolean | undefined;
}

/** How messages are written in a form: what stands first in the file, and then a page after the other. */
interface Rows {
  head: string;
  page(messages: readonly Message[]): string;
}

const COLUMNS = 'channel,seq,createdAt,authorId,authorName,replyTo,body,key,editedAt,deletedAt'.split(',');

const NDJSON: Rows = { head: '', page: (messages) => messages.map(jsonLine).join('') };

/** How messages are written in this form, as the server's worker writes them. */
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
