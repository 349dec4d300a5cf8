import { parseArgs } from 'node:util';
import { bodyFits, MAX_REQUEST_BYTES } from '@carillon/client';
import { channelOf, durationOf } from './arguments.ts';
import { EXIT, Failure } from './exit.ts';
import { connect, SERVER_HELP, SERVER_OPTIONS } from './server.ts';
import { jsonLine, print } from './terminal.ts';

const HELP = `carillon send CHANNEL [TEXT | -] [options]

Posts a message, and prints its channel and seq: lobby/42. Without TEXT, or with -, reads the text from stdin and drops
the final newline. Retries while the server cannot be reached; the message is stored once.

  --reply-to SEQ      answer the message with this seq
  --key KEY           the Idempotency-Key, to send the same message again later (a new one)
  --retry-for TIME    how long to retry, such as 30s or 10m (1m)
  --json              print the stored message
${SERVER_HELP}`;

/** `carillon send`. Resolves to the exit code. */
export async function send(args: string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      ...SERVER_OPTIONS,
      'reply-to': { type: 'string' },
      key: { type: 'string' },
      'retry-for': { type: 'string' },
      json: { type: 'boolean' },
    },
  });
  if (values.help) {
    await print(HELP);
    return EXIT.ok;
  }
  const [name, text = '-', ...rest] = positionals;
  const channel = channelOf(name);
  if (rest.length > 0) throw new Failure(EXIT.usage, 'put the text in quotes: it is one argument');
  const replyTo = values['reply-to'] === undefined ? undefined : seqOf(values['reply-to']);
  const retryForMs = values['retry-for'] === undefined ? undefined : durationOf(values['retry-for']);
  const carillon = connect(values);
  const body = text === '-' ? await readStdin() : text;
  if (body === '') throw new Failure(EXIT.data, 'the message is empty');
  if (!bodyFits(body)) throw tooLong();
  const message = await carillon.post(channel, body, {
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(retryForMs === undefined ? {} : { retryForMs }),
    ...(values.key === undefined ? {} : { key: values.key }),
  });
  await print(values.json ? jsonLine(message) : `${message.channel}/${message.seq}\n`);
  return EXIT.ok;
}

function seqOf(text: string): number {
  if (/^[1-9]\d{0,15}$/.test(text)) return Number(text);
  throw new Failure(EXIT.usage, `--reply-to must be the seq of a message, not ${text}`);
}

/** Reads no more than can be sent. */
async function readStdin(): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of process.stdin) {
    chunks.push(chunk as Buffer);
    bytes += (chunk as Buffer).length;
    if (bytes > MAX_REQUEST_BYTES) throw tooLong();
  }
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(Buffer.concat(chunks));
    return text.replace(/\r?\n$/, '');
  } catch {
    throw new Failure(EXIT.data, 'the text is not UTF-8');
  }
}

function tooLong(): Failure {
  return new Failure(
    EXIT.data,
    `the text is too long: a message has at most ${MAX_REQUEST_BYTES / 1024} KiB`,
  );
}
