import { readFileSync } from 'node:fs';
import { Carillon } from '@carillon/client';
import { EXIT, Failure } from './exit.ts';

/** Options of every command that speaks to a server, for `parseArgs`. */
export const SERVER_OPTIONS = {
  url: { type: 'string' },
  token: { type: 'string' },
  help: { type: 'boolean', short: 'h' },
} as const;

export const SERVER_HELP = `  --url URL           the server (CARILLON_URL; http://localhost:8080)
  --token TOKEN       a bearer token (CARILLON_TOKEN, or CARILLON_TOKEN_FILE, which is read again when it expires)
  -h, --help
`;

const DEFAULT_URL = 'http://localhost:8080';

export interface ServerValues {
  url?: string | undefined;
  token?: string | undefined;
}

/** The server's origin. @throws Failure where it is none. */
export function urlOf({ url = process.env.CARILLON_URL ?? DEFAULT_URL }: ServerValues): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:')
    throw new Failure(EXIT.usage, `--url must be an origin such as https://chat.example, not ${url}`);
  return url;
}

/** A client of the server that the options and the environment name. */
export function connect(values: ServerValues): Carillon {
  const url = urlOf(values);
  const file = process.env.CARILLON_TOKEN_FILE;
  const fixed = values.token ?? process.env.CARILLON_TOKEN;
  // A file may get another token while we run.
  const token = fixed ?? (file === undefined ? undefined : () => secretFile(file));
  if (typeof token === 'function') token();
  return new Carillon(token === undefined ? { url } : { url, token });
}

/** A secret of the environment: `NAME`, or the content of the file that `NAME_FILE` names. */
export function secretOf(name: string): string | undefined {
  const file = process.env[`${name}_FILE`];
  return process.env[name] ?? (file === undefined ? undefined : secretFile(file));
}

function secretFile(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch (error) {
    throw new Failure(
      EXIT.noInput,
      `${path} cannot be read: ${error instanceof Error ? error.message : error}`,
    );
  }
}
