import { destination, type Logger, pino, stdTimeFunctions } from 'pino';
import type { LogLevel } from './fields.ts';
import { hideCredentials, loggedError } from './hidden-fields.ts';

/** A structured log: `log.info({ fields }, 'what happened')`; an error goes in `err`. */
export type Log = Logger;

/** The file descriptor. */
const STDOUT = 1;

/** What is held back at most, bytes: less than a pipe takes at once. */
const MAX_HELD_BYTES = 32 * 1024;

/** In one write, bytes; the library wants it to be more than what is held. */
const MAX_WRITE_BYTES = 64 * 1024;

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
    linesOfTurns(),
  );
}

/**
 * The lines of one turn of the loop leave together at its end, in one write that is waited for: under load one system call for many,
 * and no line is late. Written in the background, those around an exit came out of order; these are all there, in order,
 * whatever ends the process but a signal that cannot be caught.
 */
function linesOfTurns(): { write(line: string): void } {
  const stdout = destination({
    dest: STDOUT,
    sync: true,
    minLength: MAX_HELD_BYTES,
    maxWrite: MAX_WRITE_BYTES,
  });
  let held = false;
  const flush = () => {
    held = false;
    stdout.flushSync();
  };
  process.on('exit', flush);
  return {
    write(line) {
      stdout.write(line);
      if (held) return;
      held = true;
      setImmediate(flush);
    },
  };
}
