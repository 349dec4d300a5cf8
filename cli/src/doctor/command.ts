import { randomBytes } from 'node:crypto';
import { parseArgs, styleText } from 'node:util';
import { examine } from './examine.ts';
import type { Finding } from './finding.ts';

const HELP = `carillon doctor [URL] [options]

Opens streams through everything between here and Carillon, and reports what is wrong and how to fix it.
Writes nothing. Reads up to 100 channels from their beginning, 1 MiB in total.

  URL                 the origin, such as https://chat.example (or CARILLON_URL; http://localhost:8080)
  --channel NAME      a quiet channel that you may read (a name that does not exist)
  --token TOKEN       a bearer token (or CARILLON_TOKEN)
  --quick             skip the slow checks: two heartbeats (35 s), and proxies that notice late that a reader left
  --json              print one finding per line, as JSON

Exit codes: 0 no problem (or only warnings), 1 a problem was found, 64 invalid usage.
`;

const USAGE = 64;

/** `carillon doctor`. Resolves to the exit code. */
export async function doctor(args: string[]): Promise<number> {
  let given: ReturnType<typeof read>;
  try {
    given = read(args);
  } catch (error) {
    process.stderr.write(`carillon doctor: ${error instanceof Error ? error.message : String(error)}\n`);
    return USAGE;
  }
  const { values, positionals } = given;
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const url = origin(positionals[0] ?? process.env.CARILLON_URL ?? 'http://localhost:8080');
  if (url === undefined || positionals.length > 1) {
    process.stderr.write('carillon doctor: give one URL, such as https://chat.example\n');
    return USAGE;
  }
  const target = {
    origin: url,
    channel: values.channel ?? `doctor-${randomBytes(4).toString('hex')}`,
    token: values.token ?? process.env.CARILLON_TOKEN,
  };
  let wrong = false;
  for await (const finding of examine(target, { quick: values.quick ?? false })) {
    wrong ||= finding.status === 'fault';
    process.stdout.write(values.json ? `${JSON.stringify(finding)}\n` : inWords(finding));
  }
  return wrong ? 1 : 0;
}

function read(args: string[]) {
  return parseArgs({
    args,
    allowPositionals: true,
    options: {
      channel: { type: 'string' },
      token: { type: 'string' },
      quick: { type: 'boolean' },
      json: { type: 'boolean' },
      help: { type: 'boolean', short: 'h' },
    },
  });
}

function origin(text: string): string | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  return url?.protocol === 'http:' || url?.protocol === 'https:' ? url.origin : undefined;
}

const SIGNS = {
  ok: ['green', 'ok     '],
  warning: ['yellow', 'warning'],
  fault: ['red', 'WRONG  '],
  unknown: ['dim', '?      '],
} as const;

function inWords({ name, status, detail, remedy }: Finding): string {
  const [colour, sign] = SIGNS[status];
  const shown = process.stdout.isTTY && process.env.NO_COLOR === undefined ? styleText(colour, sign) : sign;
  const line = `${shown}  ${name}: ${printable(detail)}\n`;
  return remedy === undefined ? line : `${line}         ${printable(remedy)}\n`;
}

/** A server's text must not control the terminal. */
function printable(text: string): string {
  return text.replace(/\p{Cc}/gu, '?');
}
