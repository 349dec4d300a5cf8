import { destination, type Logger, pino, stdTimeFunctions } from 'pino';
import type { LogLevel } from './fields.ts';
import { hideCredentials, loggedError } from './hidden-fields.ts';

/** A structured log: `log.info({ fields }, 'what happened')`; an error goes in `err`. */
export type Log = Logger;

/** The file descriptor. */
const STDOUT = 1;

/** Lines of a turn that are held back at most, characters: less than a pipe takes at once. */
const MAX_HELD = 32 * 1024;

/** What stdout does not take, a full disk say, is tried again with the next lines; beyond this it is dropped, bytes. */
const MAX_UNWRITTEN = 1024 * 1024;

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
 * whatever ends the process but a signal that cannot be caught. They are held here, and not by the destination: its `flushSync`
 * waits for the disk, and for a reader that has gone it waits for ever.
 */
function linesOfTurns(): { write(line: string): void; flushSync(): void } {
  const stdout = destination({ dest: STDOUT, sync: true, maxLength: MAX_UNWRITTEN });
  // Of a write that failed there is nobody to tell, and nothing ends because of it.
  stdout.on('error', () => {});
  let held = '';
  let timed = false;
  const flush = () => {
    if (held === '') return;
    const lines = held;
    held = '';
    stdout.write(lines);
  };
  const onTurnsEnd = () => {
    timed = false;
    flush();
  };
  process.on('exit', flush);
  return {
    write(line) {
      held += line;
      if (held.length >= MAX_HELD) flush();
      else if (!timed) {
        timed = true;
        setImmediate(onTurnsEnd);
      }
    },
    // Of what is fatal the library wants the line out before it goes on.
    flushSync: flush,
  };
}
