import { renameSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import type { DeniedEvent, ResetEvent, Subscription } from '@carillon/client';
import { channelOf, joinNegative } from './arguments.ts';
import { EXIT, Failure } from './exit.ts';
import { changeInWords, messageInWords } from './in-words.ts';
import { connect, SERVER_HELP, SERVER_OPTIONS } from './server.ts';
import { jsonLine, printableLine } from './terminal.ts';

const HELP = `carillon tail CHANNEL… [options]

Follows channels: messages, edits, deletions and reactions. Reconnects by itself after every disconnect, without a gap;
reports events that are lost for good on stderr. Ctrl-C ends it.

  --since WHERE       latest, earliest, a number of events such as -20, or an age such as 10m (-10)
  --cursor-file FILE  resume from the cursor in this file, and save the cursor there
  --json              print each event as one line of JSON, as the API returns it
${SERVER_HELP}`;

const DEFAULT_SINCE = '-10';

/** After a crash at most the events of this time are printed again, milliseconds. */
const SAVE_EVERY_MS = 1_000;

/** `carillon tail`. Resolves to the exit code. */
export async function tail(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: joinNegative(args, '--since'),
    allowPositionals: true,
    options: {
      ...SERVER_OPTIONS,
      since: { type: 'string' },
      'cursor-file': { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return EXIT.ok;
  }
  const channels = [...new Set(positionals.map(channelOf))];
  if (channels.length === 0) channelOf(undefined);
  const carillon = connect(values);
  const file = values['cursor-file'];
  const cursor = file === undefined ? undefined : await readCursor(file);
  const several = channels.length > 1;

  return new Promise((_, reject) => {
    let saved = cursor;
    const saving = file === undefined ? undefined : setInterval(save, SAVE_EVERY_MS);
    const subscription: Subscription = carillon.subscribe(channels, {
      since: values.since ?? DEFAULT_SINCE,
      ...(cursor === undefined ? {} : { cursor }),
      onMessage: (message) => write(values.json ? jsonLine(message) : messageInWords(message, several)),
      onChange: (change) => write(values.json ? jsonLine(change) : changeInWords(change, several)),
      onReset: tellLoss,
      onDenied: (denied) => end(() => reject(failureOfDenied(denied))),
    });

    function write(line: string): void {
      if (process.stdout.write(line)) return;
      // Slow output: further events stay on the server until there is room.
      subscription.pause();
      process.stdout.once('drain', subscription.resume);
    }

    function tellLoss(reset: ResetEvent): void {
      if (values.json) write(jsonLine({ type: 'reset', ...reset }));
      process.stderr.write(`carillon: tail: ${lossInWords(reset)}\n`);
    }

    /** Events that are not written yet are not covered by the saved cursor. */
    function save(): void {
      const now = subscription.cursor;
      if (file === undefined || now === undefined || now === saved || process.stdout.writableLength > 0)
        return;
      try {
        writeFileSync(`${file}.new`, `${now}\n`);
        renameSync(`${file}.new`, file);
        saved = now;
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        end(() => reject(new Failure(EXIT.cannotCreate, `the cursor cannot be saved: ${why}`)));
      }
    }

    function end(settle: () => void): void {
      clearInterval(saving);
      subscription.close();
      settle();
    }

    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => {
        subscription.close();
        // Returns at once if there is nothing to write.
        process.stdout.write('', () => {
          save();
          process.exit(signal === 'SIGINT' ? EXIT.interrupted : EXIT.ok);
        });
      });
  });
}

function lossInWords({ channel, reason, from }: ResetEvent): string {
  const what =
    reason === 'epoch' || reason === 'ahead'
      ? 'the history on the server was replaced, so reading starts over'
      : 'events were lost';
  return printableLine(`#${channel}: ${what} (${reason}); continuing at ${from}`);
}

function failureOfDenied({ reason, channel, detail }: DeniedEvent): Failure {
  const where = channel === undefined ? '' : `#${channel}: `;
  return new Failure(EXIT.noPermission, `${where}${detail} (${reason})`);
}

async function readCursor(file: string): Promise<string | undefined> {
  try {
    return (await readFile(file, 'utf8')).trim() || undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Failure(
      EXIT.noInput,
      `${file} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}
