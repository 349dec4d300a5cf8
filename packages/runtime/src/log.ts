import { type Logger, pino, stdTimeFunctions } from 'pino';
import type { LogLevel } from './fields.ts';
import { hideCredentials, loggedError } from './hidden-fields.ts';
import { stdoutLines } from './stdout-lines.ts';

/** A structured log: `log.info({ fields }, 'what happened')`; an error goes in `err`. */
export type Log = Logger;

/** Writes JSON lines to stdout, each with `time` (ISO 8601), `level` by name and `service`. */
export function createLog({ service, level }: { service: string; level: LogLevel }): Log {
  return pino(
    {
      level,
      base: { service },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }), log: hideCredentials },
      serializers: { err: loggedError },
    },
    stdoutLines(),
  );
}
