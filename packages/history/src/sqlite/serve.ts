import { type MessagePort, parentPort, receiveMessageOnPort } from 'node:worker_threads';
import { type Failure, failureOf, openingFailureOf } from './failure.ts';

/** A call as it goes to a thread of the store. Those without an id are for the thread itself. */
export interface Call {
  id: number;
  name: string;
  args: readonly unknown[];
}

/** What became of it. */
export type Answer = { id: number; value: unknown } | { id: number; failure: Failure };

/** The first word of a thread: it is open, or why it is not. */
export type Opened = { opened: unknown } | { failure: Failure };

/** Told to a thread, it closes. */
export const CLOSE = 'close';

/** Functions by name. */
export type Calls = Readonly<Record<string, (...args: never[]) => unknown>>;

/** Calls that are taken together: at 10,000 posts a second there are never as many in one commit. */
const MAX_TOGETHER = 256;

/**
 * Answers calls in this thread until it is told to close. `open` opens what they need; `answer` is given all calls that have come
 * meanwhile, and answers each.
 */
export function serve<Store>(thread: {
  open: () => { store: Store; told: unknown };
  answer: (store: Store, calls: readonly Call[]) => Answer[];
  close: (store: Store) => void;
}): void {
  const port = parentPort as MessagePort;
  let store: Store;
  try {
    const { told, ...opened } = thread.open();
    store = opened.store;
    port.postMessage({ opened: told } satisfies Opened);
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
