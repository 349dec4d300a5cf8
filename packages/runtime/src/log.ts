import { destination, type Logger, pino, stdTimeFunctions } from 'pino';
import type { LogLevel } from './fields.ts';

/** A structured log: `log.info({ fields }, 'what happened')`; an error goes in `err`. */
export type Log = Logger;

/** What a caller proves who it is with, wherever a request or its headers are logged. */
const CREDENTIALS = ['authorization', 'cookie', '["set-cookie"]'].flatMap((header) => {
  const dotted = header.startsWith('[') ? header : `.${header}`;
  return [header, `headers${dotted}`, `*${dotted}`, `*.headers${dotted}`];
});

/** The command that an error of ioredis names is the one that failed: with a wrong password that is AUTH, password and all. */
const COMMANDS = ['err.command', 'err.*.command', 'err.aggregateErrors[*].command'];

/** Writes JSON lines to stdout, each with `time` (ISO 8601), `level` by name and `service`. */
export function createLog({ service, level }: { service: string; level: LogLevel }): Log {
  // Written at once: written in the background, the lines around an exit came out of order.
  const stdout = destination({ dest: STDOUT, sync: true });
  return pino(
    {
      level,
      base: { service },
      timestamp: stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: [...CREDENTIALS, ...COMMANDS], censor: '[redacted]' },
    },
    stdout,
  );
}

/** The file descriptor. */
const STDOUT = 1;
