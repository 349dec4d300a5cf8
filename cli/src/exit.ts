import { CarillonError, type ErrorCode } from '@carillon/client';
import { printableLine } from './terminal.ts';

/** Exit codes for scripts: the codes of sysexits.h, and 130 for Ctrl-C as in shells. */
export const EXIT = {
  ok: 0,
  /** Invalid usage. */
  usage: 64,
  /** The data to send is not valid. */
  data: 65,
  /** A file cannot be read. */
  noInput: 66,
  /** The channel or message does not exist. */
  noSuch: 68,
  /** The server cannot be reached, or does not support this. */
  unavailable: 69,
  /** An internal error, here or on the server. */
  software: 70,
  /** A file cannot be written. */
  cannotCreate: 73,
  /** Temporary failure; a retry may succeed. */
  temporary: 75,
  /** Not allowed. */
  noPermission: 77,
  interrupted: 130,
} as const;

/** An error with its one-line message and exit code. */
export class Failure extends Error {
  readonly code: number;

  constructor(code: number, message: string) {
    super(message);
    this.code = code;
  }
}

/** Converts any error to a one-line message without terminal control sequences, and an exit code. */
export function failureOf(error: unknown): Failure {
  if (error instanceof Failure) return new Failure(error.code, printableLine(error.message));
  if (error instanceof CarillonError) {
    const fields = error.errors.map(({ field, detail }) => `${field} ${detail}`).join('; ');
    const text = fields === '' ? error.message : `${error.message} (${fields})`;
    return new Failure(CODES[error.code] ?? EXIT.software, printableLine(text));
  }
  // parseArgs reports invalid arguments this way.
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
