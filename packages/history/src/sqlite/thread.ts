import { Worker } from 'node:worker_threads';
import { HistoryBusy, HistoryUnavailable } from '../history-errors.ts';
import { errorOf } from './failure.ts';
import { type Answer, type Call, type Calls, CLOSE, type Opened } from './serve.ts';

/** Calls that wait for their answers: more than the callers of a busy service, and the last one waits for seconds. */
const MAX_WAITING = 20_000;

/** A disk that does not answer for this long counts as failed, ms: shorter than a caller's patience. */
const ANSWER_MS = 6_000;

/** Size of the young heap, MiB: rows are short-lived, and this keeps a thread's memory small. */
const YOUNG_MIB = 4;

interface Waiting {
  resolve: (value: never) => void;
  reject: (error: Error) => void;
  timeout: NodeJS.Timeout;
}

/** A thread of the store, as seen from the main thread: `Functions` are the functions that it offers. */
export class StoreThread<Functions extends Calls> {
  readonly #worker: Worker;
  readonly #waiting = new Map<number, Waiting>();
  readonly #ended: Promise<void>;
  #calls = 0;
  #closed = false;

  private constructor(worker: Worker) {
    this.#worker = worker;
    this.#ended = new Promise((resolve) => {
      worker.on('exit', () => {
        this.#closed = true;
        for (const { reject, timeout } of this.#waiting.values()) {
          clearTimeout(timeout);
          reject(closedError());
        }
        this.#waiting.clear();
        resolve();
      });
    });
    worker.on('message', (answers: readonly Answer[]) => this.#take(answers));
    // A bug in the thread: end the process, so that it restarts from what is on disk.
    worker.on('error', (error) => {
      throw error;
    });
  }

  /**
   * Starts `module` (a file beside this one) as a thread, and resolves to the thread and what it reports about its
   * store. Throws the thread's error if it cannot open the store.
   */
  static async start<Functions extends Calls, Report>(
    module: 'writer' | 'reader',
    file: string,
  ): Promise<{ thread: StoreThread<Functions>; report: Report }> {
    const source = import.meta.url.endsWith('.ts');
    const worker = new Worker(new URL(`./${module}.${source ? 'ts' : 'js'}`, import.meta.url), {
      workerData: { file },
      name: `store ${module}`,
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MIB },
      ...(source && { execArgv: ['--conditions=carillon-source'] }),
    });
    const ended = new Promise<void>((resolve) => worker.once('exit', () => resolve()));
    const opened = await new Promise<Opened>((resolve, reject) => {
      worker.once('message', resolve);
      worker.once('error', reject);
    });
    worker.removeAllListeners('error');
    if ('failure' in opened) {
      // The thread has released the store by then.
      await ended;
      throw errorOf({ ...opened.failure, message: `${file}: ${opened.failure.message}` });
    }
    return { thread: new StoreThread(worker), report: opened.opened as Report };
  }

  /** Resolves to the function's result in the thread, or rejects with what it throws. */
  call<Name extends keyof Functions & string>(
    name: Name,
    ...args: Parameters<Functions[Name]>
  ): Promise<ReturnType<Functions[Name]>> {
    if (this.#closed) return Promise.reject(closedError());
    if (this.#waiting.size >= MAX_WAITING) {
      return Promise.reject(new HistoryBusy('too many calls are waiting for the embedded store'));
    }
    const id = this.#calls;
    this.#calls += 1;
    return new Promise((resolve, reject) => {
      const timeout = setTimeout(() => {
        this.#waiting.delete(id);
        const message = `the embedded store has not responded for ${ANSWER_MS} ms`;
        reject(new HistoryUnavailable(message, { stored: 'unknown' }));
      }, ANSWER_MS);
      this.#waiting.set(id, { resolve, reject, timeout });
      this.#worker.postMessage({ id, name, args } satisfies Call);
    });
  }

  /** Waits for pending calls, and ends the thread. */
  close(): Promise<void> {
    if (!this.#closed) {
      this.#closed = true;
      this.#worker.postMessage(CLOSE);
    }
    return this.#ended;
  }

  #take(answers: readonly Answer[]): void {
    for (const answer of answers) {
      const waiting = this.#waiting.get(answer.id);
      // The call was given up.
      if (waiting === undefined) continue;
      this.#waiting.delete(answer.id);
      clearTimeout(waiting.timeout);
      if ('failure' in answer) waiting.reject(errorOf(answer.failure));
      else waiting.resolve(answer.value as never);
    }
  }
}

function closedError(): HistoryUnavailable {
  return new HistoryUnavailable('the embedded store is closed');
}
