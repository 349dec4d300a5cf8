import type { CsvDelimiter, ExportOrder } from '@carillon/jobs';
import type { Message } from '@carillon/protocol';
import { stringify } from 'csv-stringify/sync';
import { guardFormulas } from './formula-guard.ts';

/** How messages are written in a format: the beginning of the file, and then one page after the other. */
export interface Rows {
  head: string;
  page(messages: readonly Message[]): string;
}

const COLUMNS = [
  'channel',
  'seq',
  'createdAt',
  'authorId',
  'authorName',
  'replyTo',
  'body',
  'key',
  'editedAt',
  'deletedAt',
];

/** Encoded as the bytes EF BB BF: Excel recognizes UTF-8 by it. */
const BOM = '\ufeff';

/** The writer for the format of this order. */
export function rowsOf({
  format,
  delimiter = ',',
  bom = false,
}: Pick<ExportOrder, 'format' | 'delimiter' | 'bom'>): Rows {
  switch (format) {
    case 'ndjson':
      return NDJSON;
    case 'csv':
      return {
        head: (bom ? BOM : '') + csv([COLUMNS], delimiter),
        page: (messages) => csv(messages.map(cellsOf), delimiter),
      };
  }
}

/** One message per line, as the API returns it. */
const NDJSON: Rows = {
  head: '',
  page: (messages) => messages.map((message) => `${JSON.stringify(message)}\n`).join(''),
};

/** RFC 4180 requires quotes around both characters; the library quotes only the one that ends a record. */
const LINE_ENDS = /[\r\n]/;

/** RFC 4180, without texts that a spreadsheet would run as a formula. */
const csv = (rows: readonly unknown[][], delimiter: CsvDelimiter) =>
  stringify([...rows], {
    delimiter,
    record_delimiter: 'windows',
    quoted_match: LINE_ENDS,
    cast: { string: (text) => guardFormulas(text, delimiter) },
  });

const cellsOf = ({
  channel,
  seq,
  createdAt,
  author,
  replyTo,
  body,
  key,
  editedAt,
  deletedAt,
}: Message): unknown[] => [
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
