import type { Message } from '@carillon/client';
import { jsonLine } from './terminal.ts';

/** How messages are written in a format: what stands first in the file, and then a page after the other. */
interface Rows {
  head: string;
  page(messages: readonly Message[]): string;
}

const COLUMNS = 'channel,seq,createdAt,authorId,authorName,replyTo,body,key,editedAt,deletedAt'.split(',');

/** The formats of the server's exports. */
export const ROWS: Readonly<Record<'ndjson' | 'csv', Rows>> = {
  ndjson: { head: '', page: (messages) => messages.map(jsonLine).join('') },
  csv: {
    head: record(COLUMNS),
    page: (messages) =>
      messages
        .map(({ channel, seq, createdAt, author, replyTo, body, key, editedAt, deletedAt }) =>
          record([channel, seq, createdAt, author.id, author.name, replyTo, body, key, editedAt, deletedAt]),
        )
        .join(''),
  },
};

/** A record of RFC 4180. What a spreadsheet would run as a formula gets a quote before it, as OWASP says of CSV injection. */
function record(fields: readonly (string | number | undefined)[]): string {
  return `${fields.map(field).join(',')}\r\n`;
}

function field(value: string | number | undefined): string {
  if (typeof value !== 'string') return value === undefined ? '' : String(value);
  const safe = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
