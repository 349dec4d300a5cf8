import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import type { Carillon } from '@carillon/client';
import { channelOf } from './arguments.ts';
import { EXIT, Failure } from './exit.ts';
import { exportByServer } from './export-by-server.ts';
import { type Form, rowsOf } from './export-rows.ts';
import { connect, SERVER_HELP, SERVER_OPTIONS, secretOf, urlOf } from './server.ts';
import { escaped, print, printable } from './terminal.ts';

const HELP = `carillon export CHANNEL [options]

Writes a channel's messages in their current state, oldest first. With ADMIN_TOKEN (or ADMIN_TOKEN_FILE) the server's
worker creates the file. Without it, or without a worker, the command reads the channel page by page.

  --format FORMAT     ndjson or csv (ndjson)
  --delimiter SIGN    for csv: , or ; (default ,). Spreadsheets in locales that write 1,5 expect ;
  --bom               for csv: begin with U+FEFF, so that Excel recognizes UTF-8
  -o, --output FILE   the file, which appears only when it is complete (stdout)
${SERVER_HELP}`;

/** The largest page that the server returns. */
const PAGE = 200;

/** `carillon export`. Resolves to the exit code. */
export async function exportChannel(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...SERVER_OPTIONS,
      format: { type: 'string', default: 'ndjson' },
      delimiter: { type: 'string' },
      bom: { type: 'boolean' },
      output: { type: 'string', short: 'o' },
    },
  });
  if (values.help) {
    await print(HELP);
    return EXIT.ok;
  }
  const channel = channelOf(positionals[0]);
  if (positionals.length > 1) throw new Failure(EXIT.usage, 'give one channel');
  const { output } = values;
  const form = formOf(values);
  const adminToken = secretOf('ADMIN_TOKEN');
  const url = urlOf(values);
  const made = adminToken && (await exportByServer({ url, adminToken, channel, form }));
  const source = made || pages(connect(values), channel, form);
  if (output === undefined)
    await pipeline(process.stdout.isTTY ? shown(source, form.format) : source, toStdout());
  else await toFile(source, output);
  return EXIT.ok;
}

interface FormOptions {
  format: string;
  delimiter?: string;
  bom?: boolean;
}

/** @throws Failure */
function formOf({ format, delimiter, bom }: FormOptions): Form {
  if (format !== 'ndjson' && format !== 'csv')
    throw new Failure(EXIT.usage, `--format must be ndjson or csv, not ${format}`);
  if (delimiter !== undefined && delimiter !== ',' && delimiter !== ';')
    throw new Failure(EXIT.usage, `--delimiter must be , or ;, not ${delimiter}`);
  if (format !== 'csv' && (delimiter !== undefined || bom !== undefined))
    throw new Failure(EXIT.usage, '--delimiter and --bom need --format csv');
  return { format, delimiter, bom };
}

/** Reads up to the log's head at the start: a busy channel has no other end. */
async function* pages(carillon: Carillon, channel: string, form: Form): AsyncGenerator<string> {
  const { head: first, page: rows } = rowsOf(form);
  let last: number | undefined;
  let after = 0;
  do {
    const { messages, head } = await carillon.page(channel, { after, limit: PAGE });
    if (last === undefined && first !== '') yield first;
    last ??= head;
    const until = last;
    const wanted = messages.filter(({ seq }) => seq <= until);
    if (wanted.length > 0) yield rows(wanted);
    // There may be changes after the last message.
    after = messages.at(-1)?.seq ?? last;
  } while (after < last);
}

/**
 * For terminals, line by line: texts of other people cannot control the terminal. Files and pipes get the exact text.
 */
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

/** stdout that stays open, with backpressure. */
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
