import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import type { Carillon } from '@carillon/client';
import { channelOf } from './arguments.ts';
import { EXIT, Failure } from './exit.ts';
import { exportByServer } from './export-by-server.ts';
import { ROWS } from './export-rows.ts';
import { connect, SERVER_HELP, SERVER_OPTIONS, secretOf, urlOf } from './server.ts';
import { escaped, print, printable } from './terminal.ts';

const HELP = `carillon export CHANNEL [options]

Writes a channel's messages, oldest first, as they are now. With ADMIN_TOKEN (or ADMIN_TOKEN_FILE) the server's worker makes
the file; else, and where the server has no worker, it is read page by page.

  --format FORMAT     ndjson or csv (ndjson)
  -o, --output FILE   a file that is there only when it is whole (stdout)
${SERVER_HELP}`;

/** As many as the server gives at once. */
const PAGE = 200;

/** `carillon export`. Gives the exit code. */
export async function exportChannel(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...SERVER_OPTIONS,
      format: { type: 'string', default: 'ndjson' },
      output: { type: 'string', short: 'o' },
    },
  });
  if (values.help) {
    await print(HELP);
    return EXIT.ok;
  }
  const channel = channelOf(positionals[0]);
  if (positionals.length > 1) throw new Failure(EXIT.usage, 'name one channel');
  const { format, output } = values;
  if (format !== 'ndjson' && format !== 'csv')
    throw new Failure(EXIT.usage, `--format takes ndjson or csv, not ${format}`);
  const adminToken = secretOf('ADMIN_TOKEN');
  const url = urlOf(values);
  const made = adminToken && (await exportByServer({ url, adminToken, channel, format }));
  const source = made || pages(connect(values), channel, format);
  if (output === undefined) await pipeline(process.stdout.isTTY ? shown(source, format) : source, toStdout());
  else await toFile(source, output);
  return EXIT.ok;
}

/** Reads up to where the log ended when it began: a busy channel has no other end. */
async function* pages(carillon: Carillon, channel: string, format: 'ndjson' | 'csv'): AsyncGenerator<string> {
  const { head: form, page: rows } = ROWS[format];
  let last: number | undefined;
  let after = 0;
  do {
    const { messages, head } = await carillon.page(channel, { after, limit: PAGE });
    if (last === undefined && form !== '') yield form;
    last ??= head;
    const until = last;
    const wanted = messages.filter(({ seq }) => seq <= until);
    if (wanted.length > 0) yield rows(wanted);
    // Behind the last message there may be changes.
    after = messages.at(-1)?.seq ?? last;
  } while (after < last);
}

/** For the eyes, line by line: what others wrote does not steer the terminal. A file and a pipe get what is exact. */
async function* shown(
  source: AsyncIterable<string | Uint8Array>,
  format: 'ndjson' | 'csv',
): AsyncGenerator<string> {
  const harmless = format === 'csv' ? printable : escaped;
  const decoder = new TextDecoder();
  let rest = '';
  for await (const piece of source) {
    const text = rest + (typeof piece === 'string' ? piece : decoder.decode(piece, { stream: true }));
    const end = text.lastIndexOf('\n') + 1;
    rest = text.slice(end);
    if (end > 0) yield harmless(text.slice(0, end));
  }
  if (rest !== '') yield harmless(rest);
}

/** stdout that stays open, at its reader's pace. */
function toStdout(): Writable {
  return new Writable({
    decodeStrings: false,
    write(chunk: string | Buffer, _encoding, done) {
      print(chunk).then(() => done(), done);
    },
  });
}

async function toFile(source: AsyncIterable<string | Uint8Array>, path: string): Promise<void> {
  const unfinished = `${path}.part`;
  try {
    await pipeline(source, createWriteStream(unfinished));
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true });
    const isFile = error instanceof Error && 'syscall' in error && 'path' in error;
    throw isFile ? new Failure(EXIT.cannotCreate, `${path} cannot be written: ${error.message}`) : error;
  }
}
