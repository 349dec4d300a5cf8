import type { ExportFormat } from '@carillon/jobs';
import type { Message } from '@carillon/protocol';
import { stringify } from 'csv-stringify/sync';

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

/** RFC 4180 quotes these whichever ends a record; the library quotes only the one that does. */
const LINE_ENDS = /[\r\n]/;

/**
 * RFC 4180. A text that a spreadsheet would run as a formula (it begins with = + - @, a tab or a carriage return) gets a
 * single quote before it, as OWASP says of CSV injection.
 */
const csv = (rows: readonly unknown[][]) =>
  stringify([...rows], { record_delimiter: 'windows', quoted_match: LINE_ENDS, escape_formulas: true });

export const ROWS: Readonly<Record<ExportFormat, Rows>> = {
  /** Each line is a message as the API gives it. */
  ndjson: {
    head: '',
    page: (messages) => messages.map((message) => `${JSON.stringify(message)}\n`).join(''),
  },
  csv: {
    head: csv([COLUMNS]),
    page: (messages) =>
      csv(
        messages.map(({ channel, seq, createdAt, author, replyTo, body, key, editedAt, deletedAt }) => [
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
        ]),
      ),
  },
};
