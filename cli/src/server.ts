import { readFileSync } from 'node:fs';
import { Carillon } from '@carillon/client';
import { EXIT, Failure } from './exit.ts';

/** Options of every command that talks to a server, for `parseArgs`. */
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

/**
 * The server's origin.
 *
 * @throws Failure if it is not an origin.
 */
export function urlOf({ url = process.env.CARILLON_URL ?? DEFAULT_URL }: ServerValues): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol !== 'http:' && parsed?.protocol !== 'https:')
    throw new Failure(EXIT.usage, `--url must be an origin such as https://chat.example, not ${url}`);
  return url;
}

/**
 * A client for the server in the options and the environment.
 *
 * @throws Failure if the URL or the token file is not valid.
 */
export function connect(values: ServerValues): Carillon {
  const url = urlOf(values);
  const file = process.env.CARILLON_TOKEN_FILE;
  const fixed = values.token ?? process.env.CARILLON_TOKEN;
  // The file may get a new token while the command is running.
  const token = fixed ?? (file === undefined ? undefined : () => secretFile(file));
  if (typeof token === 'function') token();
  return new Carillon(token === undefined ? { url } : { url, token });
}

/**
 * A secret from the environment: `NAME`, or the content of the file in `NAME_FILE`.
 *
 * @throws Failure if the file cannot be read.
 */
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
