import type { CsvDelimiter, ExportOrder } from '@carillon/jobs';
import type { Message } from '@carillon/protocol';
import { stringify } from 'csv-stringify/sync';
import { guardFormulas } from './formula-guard.ts';

/** How messages are written in a format: what stands first in the file, and then a page after the other. */
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

/** Bytes EF BB BF once it is written: by it Excel knows UTF-8. */
const BOM = '\ufeff';

/** How messages are written as this order wants it. */
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

/** Each line is a message as the API gives it. */
const NDJSON: Rows = {
  head: '',
  page: (messages) => messages.map((message) => `${JSON.stringify(message)}\n`).join(''),
};

/** RFC 4180 quotes these whichever ends a record; the library quotes only the one that does. */
const LINE_ENDS = /[\r\n]/;

/** RFC 4180, and no text that a spreadsheet would run as a formula. */
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
