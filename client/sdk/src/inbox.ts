export interface InboxOptions<T> {
  /** What has to be done before an item can be handled, or undefined. The signal aborts when the inbox is cleared. */
  prepare: (item: T, signal: AbortSignal) => Promise<void> | undefined;
  handle: (item: T) => void;
  /** Everything that came was handled. */
  onIdle: () => void;
  /** An item could not be prepared, or too many wait for it. */
  onStuck: () => void;
}

export interface Inbox<T> {
  push(item: T): void;
  /** Throws away what was not handled. */
  clear(): void;
}

/** While one is prepared, this many items may wait; with more, it is cheaper to ask for them again. */
const MAX_WAITING = 2_000;

/** Handles items one after the other, at once where nothing has to be prepared. */
export function createInbox<T>({ prepare, handle, onIdle, onStuck }: InboxOptions<T>): Inbox<T> {
  let waiting: T[] = [];
  let working = false;
  /** Another after each clearing: work on the old items stops. */
  let stop = new AbortController();

  async function work(): Promise<void> {
    const { signal } = stop;
    working = true;
    for (let item = waiting[0]; item !== undefined; item = waiting[0]) {
      const preparing = prepare(item, signal);
      if (preparing !== undefined) {
        const prepared = await preparing.then(
          () => true,
          () => false,
        );
        if (signal.aborted) return;
        if (!prepared) return onStuck();
      }
      handle(item);
      if (signal.aborted) return;
      waiting.shift();
    }
    working = false;
    onIdle();
  }

  return {
    push(item) {
      waiting.push(item);
      if (waiting.length > MAX_WAITING) onStuck();
      else if (!working) void work();
    },
    clear() {
      stop.abort();
      stop = new AbortController();
      waiting = [];
      working = false;
    },
  };
}
