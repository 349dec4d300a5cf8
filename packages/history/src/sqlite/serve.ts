import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { type Failure, failureOf, openingFailureOf } from './failure.ts';

/** A call to a thread of the store. Calls without an id are for the thread itself. */
export interface Call {
  id: number;
  name: string;
  args: readonly unknown[];
}

/** The result of a call. */
export type Answer = { id: number; value: unknown } | { id: number; failure: Failure };

/** The first message of a thread: the store is open, or why not. */
export type Opened = { opened: unknown } | { failure: Failure };

/** Sent to a thread to close it. */
export const CLOSE = 'close';

/** Functions by name. */
export type Calls = Readonly<Record<string, (...args: never[]) => unknown>>;

/** Calls that are processed together: even 10,000 posts a second never reach this in one commit. */
const MAX_TOGETHER = 256;

/**
 * Answers calls in this thread until it is closed. `open` opens the store; `answer` gets all calls that have arrived
 * meanwhile, and answers each.
 */
export function serve<Store>(thread: {
  open: () => { store: Store; report: unknown };
  answer: (store: Store, calls: readonly Call[]) => Answer[];
  close: (store: Store) => void;
}): void {
  const port = parentPort as MessagePort;
  let store: Store;
  try {
    const { report, ...opened } = thread.open();
    store = opened.store;
    port.postMessage({ opened: report } satisfies Opened);
  } catch (error) {
    port.postMessage({ failure: openingFailureOf(error) } satisfies Opened);
    port.close();
    return;
  }
  port.on('message', (first: Call | typeof CLOSE) => {
    const calls: Call[] = [];
    let closing = false;
    for (let next: Call | typeof CLOSE | undefined = first; next !== undefined; ) {
      if (next === CLOSE) closing = true;
      else calls.push(next);
      next = calls.length < MAX_TOGETHER && !closing ? receiveMessageOnPort(port)?.message : undefined;
    }
    if (calls.length > 0) port.postMessage(thread.answer(store, calls));
    if (!closing) return;
    thread.close(store);
    port.close();
  });
}

/** Answers one call. */
export function answered(id: number, work: () => unknown): Answer {
  try {
    return { id, value: work() };
  } catch (error) {
    return { id, failure: failureOf(error) };
  }
}
