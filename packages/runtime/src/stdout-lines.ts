import { fstatSync, writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

/** The file descriptor. */
const STDOUT = 1;

/** How long a line waits for others, ms: under load one system call writes the lines of many requests, and readers do not notice. */
const HOLD_MS = 100;

/** Most characters of waiting lines: less than a pipe accepts at once. */
const MAX_HELD = 32 * 1024;

/** From this level on (pino's warn) a line waits only for the end of the turn, so that a kill does not lose it. */
const URGENT_LEVEL = 40;

/** Most bytes kept for another try if stdout does not accept them (an unread pipe, a full disk). Lines beyond it are dropped. */
const MAX_UNWRITTEN = 1024 * 1024;

/** How long an exit waits for a slow reader, ms, and the pause between two tries. */
const LAST_MS = 1_000;
const PAUSE_MS = 5;

/**
 * Returns pino's destination for lines to stdout. It writes many lines in one synchronous write, so they are in order and complete,
 * unless a signal that cannot be caught ends the process. It does not wait for a reader, except at the exit: pino's own destination
 * blocks the process on a full pipe, and its `flushSync` blocks forever on an unread one.
 */
export function stdoutLines(): Lines {
  // All logs of a process share its stdout.
  opened ??= openStdout();
  return opened;
}

type Lines = DestinationStream & { flushSync(): void };

let opened: Lines | undefined;

function openStdout(): Lines {
  neverWait();
  let held = '';
  /** May begin with the rest of a line that was written in part. */
  let unwritten = Buffer.alloc(0);
  let full = false;
  let timer: NodeJS.Timeout | undefined;
  let leavesSoon = false;

  const takeHeld = () => {
    const fits = unwritten.length + held.length <= MAX_UNWRITTEN;
    if (fits) unwritten = Buffer.concat([unwritten, Buffer.from(held)]);
    held = '';
  };
  const write = () => {
    full = false;
    try {
      while (unwritten.length > 0) unwritten = unwritten.subarray(writeSync(STDOUT, unwritten));
    } catch (error) {
      // Any other failure cannot be logged anywhere, and must not end the process.
      full = (error as NodeJS.ErrnoException).code === 'EAGAIN';
    }
  };
  const flush = () => {
    clearTimeout(timer);
    timer = undefined;
    if (held !== '') takeHeld();
    write();
    if (unwritten.length > 0) later();
  };
  const later = () => {
    timer ??= setTimeout(flush, HOLD_MS).unref();
  };
  const soon = () => {
    if (leavesSoon) return;
    leavesSoon = true;
    setImmediate(() => {
      leavesSoon = false;
      flush();
    });
  };

  process.on('exit', () => {
    flush();
    const until = performance.now() + LAST_MS;
    for (; full && performance.now() < until; write()) pause(PAUSE_MS);
  });
  return {
    // pino sets `lastLevel` to the level of each line.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line) {
      held += line;
      if (held.length >= MAX_HELD) flush();
      else if (this.lastLevel >= URGENT_LEVEL) soon();
      else later();
    },
    // pino calls it after a fatal line, which has to be written before the process ends.
    flushSync: flush,
  } as DestinationStream & { lastLevel: number; flushSync(): void };
}

/** Makes stdout non-blocking: opening its stream makes Node set a pipe or a socket so, and restore it at the exit. */
function neverWait(): void {
  const stdout = fstatSync(STDOUT);
  if (stdout.isFIFO() || stdout.isSocket()) process.stdout.on('error', () => {});
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
