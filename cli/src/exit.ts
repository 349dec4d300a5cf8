import { CarillonError, type ErrorCode } from '@carillon/client';
import { printableLine } from './terminal.ts';

/** How a command ends, for scripts: the codes of sysexits.h, and 130 for Ctrl-C as shells have it. */
export const EXIT = {
  ok: 0,
  /** Wrong use. */
  usage: 64,
  /** What was to be sent is not valid. */
  data: 65,
  /** A file cannot be read. */
  noInput: 66,
  /** There is no such channel or message. */
  noSuch: 68,
  /** The server cannot be reached, or cannot do that. */
  unavailable: 69,
  /** A fault of ours, or of the server's. */
  software: 70,
  /** A file cannot be written. */
  cannotCreate: 73,
  /** It may work later. */
  temporary: 75,
  /** Not allowed. */
  noPermission: 77,
  interrupted: 130,
} as const;

/** What a person is told in one line, and how the command ends. */
export class Failure extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Finds for any error what to tell, without line ends and without what a terminal would take for a command. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return new Failure(error.code, printableLine(error.message));
  if (error instanceof CarillonError) {
    const fields = error.errors.map(({ field, detail }) => `${field} ${detail}`).join('; ');
    const text = fields === '' ? error.message : `${error.message} (${fields})`;
    return new Failure(CODES[error.code] ?? EXIT.software, printableLine(text));
  }
  // parseArgs tells what is wrong with the arguments so.
  const wrongUse =
    error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
  const text = error instanceof Error ? error.message : String(error);
  return new Failure(wrongUse ? EXIT.usage : EXIT.software, printableLine(text));
}

const CODES: Partial<Record<ErrorCode, number>> = {
  bad_request: EXIT.data,
  bad_json: EXIT.data,
  bad_encoding: EXIT.data,
  invalid: EXIT.data,
  key_reused: EXIT.data,
  exists: EXIT.data,
  body_too_large: EXIT.data,
  unauthenticated: EXIT.noPermission,
  forbidden: EXIT.noPermission,
  muted: EXIT.noPermission,
  banned: EXIT.noPermission,
  archived: EXIT.noPermission,
  not_found: EXIT.noSuch,
  unreachable: EXIT.unavailable,
  not_configured: EXIT.unavailable,
  rate_limited: EXIT.temporary,
  limit_reached: EXIT.temporary,
  node_away: EXIT.temporary,
  history_away: EXIT.temporary,
  identity_away: EXIT.temporary,
  jobs_away: EXIT.temporary,
  outcome_unknown: EXIT.temporary,
  busy: EXIT.temporary,
  store_full: EXIT.temporary,
  too_slow: EXIT.temporary,
};
