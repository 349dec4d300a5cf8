import { fstatSync, writeSync } from 'node:fs';
import type { DestinationStream } from 'pino';

/** The file descriptor. */
const STDOUT = 1;

/** Lines wait so long for others, ms: under load one system call takes those of many requests, and who reads along does not notice. */
const HOLD_MS = 100;

/** Lines that wait at most, characters: less than a pipe takes at once. */
const MAX_HELD = 32 * 1024;

/** From this level on a line waits for the end of the turn only: what somebody should see is not to be lost by a kill. */
const URGENT_LEVEL = 40;

/** What stdout does not take now, a pipe that nobody reads or a full disk, is tried again, bytes; what comes beyond it is dropped. */
const MAX_UNWRITTEN = 1024 * 1024;

/** At an exit a reader that is behind has so long, ms; and it is looked after this pause. */
const LAST_MS = 1_000;
const PAUSE_MS = 5;

/**
 * Lines to stdout, as pino's destination: many in one write that is waited for, so that they are in order and all there, whatever
 * ends the process but a signal that cannot be caught. It never waits for a reader: pino's own destination blocks the process
 * on a pipe that is full, and its `flushSync` for ever on one that nobody reads.
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
  /** Begins with what is left of a line, where a part of that was taken. */
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
      // Of any other failure there is nobody to tell, and nothing ends because of it.
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
    // pino tells the level of each line by `lastLevel`.
    [Symbol.for('pino.metadata')]: true,
    lastLevel: 0,
    write(line) {
      held += line;
      if (held.length >= MAX_HELD) flush();
      else if (this.lastLevel >= URGENT_LEVEL) soon();
      else later();
    },
    // Of what is fatal the library wants the line out before it goes on.
    flushSync: flush,
  } as DestinationStream & { lastLevel: number; flushSync(): void };
}

/** By its stream Node makes a pipe or a socket one that says that it is full, and puts that back when it exits. */
function neverWait(): void {
  const stdout = fstatSync(STDOUT);
  if (stdout.isFIFO() || stdout.isSocket()) process.stdout.on('error', () => {});
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
