import { type Backoff, backoffMs } from './backoff.ts';
import type { EventSourceConstructor, EventSourceLike } from './event-source.ts';

export interface ConnectionOptions {
  EventSource: EventSourceConstructor;
  /** The stream's address, asked for at each attempt, since it holds the cursor and a ticket. What it throws is tried again. */
  address: () => string | Promise<string>;
  /** Names of the events to listen to. */
  events: readonly string[];
  backoff: Backoff;
  /** A stream without an event for this long is dead, milliseconds. */
  silenceMs: number;
  /** `id` is the last event id, empty where there is none. */
  onEvent: (name: string, data: unknown, id: string) => void;
  /** The stream is cut, or may be; a new one will be opened. */
  onDown: () => void;
  /** The server answered, but with no stream. When this resolves, another attempt is made. Never rejects. */
  onRefused: () => Promise<void>;
}

export interface Connection {
  /** Gives the present stream up, for one at {@link ConnectionOptions.address} after a wait. */
  restart(): void;
  /** Opens another stream, and lets the present one go when the first event of the other comes. */
  replace(): void;
  /** Gives the present stream up until {@link Connection.resume}. */
  pause(): void;
  resume(): void;
  /** No stream is asked for until this many milliseconds have passed: the server said so. */
  hold(ms: number): void;
  close(): void;
}

/** What EventSource is in once it has given up. */
const CLOSED = 2;

/**
 * Keeps one EventSource open. Every cut is met here, never by EventSource's own return: that gives up for ever on
 * any status but 200, and never notices a connection that went silent.
 */
export function keepConnected(options: ConnectionOptions): Connection {
  const { backoff, silenceMs } = options;
  /** The stream whose events are taken. */
  let source: EventSourceLike | undefined;
  /** Opened, and no event came of it yet: with its first it becomes the source. */
  let coming: EventSourceLike | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastEventAt = 0;
  let failures = 0;
  /** Of the last attempt: an earlier one that is still fetching its address does nothing more. */
  let attempt = 0;
  let paused = false;
  /** The server asked not to be asked before this, ms since 1970. */
  let heldUntil = 0;
  let closed = false;

  /** Ends what is there, and what is about to be. */
  function drop(): void {
    attempt++;
    clearTimeout(timer);
    timer = undefined;
    source?.close();
    coming?.close();
    source = undefined;
    coming = undefined;
  }

  function open(): void {
    drop();
    paused = false;
    connect();
  }

  function connect(): void {
    const mine = ++attempt;
    coming?.close();
    coming = undefined;
    lastEventAt = Date.now();
    const address = options.address();
    if (typeof address === 'string') begin(address);
    else
      address.then(
        (found) => (mine === attempt ? begin(found) : undefined),
        () => (mine === attempt ? failed() : undefined),
      );
  }

  function begin(address: string): void {
    const opened = new options.EventSource(address);
    coming = opened;
    for (const name of options.events) {
      opened.addEventListener(name, (event) => {
        // EventSource's own `open` has the name of the stream's, but no data.
        if (!isMessage(event)) return;
        if (opened === coming) takeOver(opened);
        if (opened === source) receive(name, event);
      });
    }
    opened.addEventListener('error', () => {
      if (opened === source) return restart();
      if (opened !== coming) return;
      if (source === undefined && opened.readyState === CLOSED) void askWhy();
      else failed();
    });
  }

  /** The server answered, but with no stream. Before it is tried again, it is asked why. */
  async function askWhy(): Promise<void> {
    drop();
    options.onDown();
    const mine = attempt;
    await options.onRefused();
    if (mine === attempt) restart();
  }

  function takeOver(opened: EventSourceLike): void {
    source?.close();
    source = opened;
    coming = undefined;
    // What was to be opened, for a drain, is this one.
    clearTimeout(timer);
    timer = undefined;
  }

  function receive(name: string, event: MessageEvent): void {
    lastEventAt = Date.now();
    if (name === 'message' || name === 'heartbeat') failures = 0;
    let data: unknown;
    try {
      data = event.data === '' ? undefined : JSON.parse(event.data);
    } catch {
      restart();
      return;
    }
    if (name === 'drain') returnIn((data as { retry: number }).retry);
    else options.onEvent(name, data, event.lastEventId);
  }

  function returnIn(ms: number): void {
    clearTimeout(timer);
    timer = setTimeout(() => {
      timer = undefined;
      connect();
    }, ms);
  }

  /** The stream that was to come did not. */
  function failed(): void {
    coming?.close();
    coming = undefined;
    // The present one goes on, or is cut by its server soon enough.
    if (source === undefined) restart();
  }

  function restart(): void {
    // After `drain` the server has said when to come back.
    const waiting = timer;
    timer = undefined;
    drop();
    timer = waiting;
    options.onDown();
    const held = Math.max(0, heldUntil - Date.now());
    if (timer === undefined && !paused) returnIn(held + backoffMs(backoff, failures++));
  }

  function openNow(): void {
    if (paused || Date.now() < heldUntil) return;
    options.onDown();
    open();
  }

  function check(limitMs: number): void {
    if (paused || Date.now() < heldUntil) return;
    if (source === undefined && coming === undefined) open();
    else if (Date.now() - lastEventAt > limitMs) openNow();
  }

  const watchdog = setInterval(() => {
    if (source !== undefined || coming !== undefined) check(silenceMs);
  }, silenceMs / 8);
  const stopListening = onReturn({
    // Half of the limit: one missed heartbeat is enough for a doubt while a person looks.
    seen: () => check(silenceMs / 2),
    // The network is another one: connections over the old are dead, and nobody has told them.
    networkBack: openNow,
    networkAway: options.onDown,
  });
  open();
  return {
    restart,
    replace() {
      if (source !== undefined && !paused) connect();
    },
    pause() {
      drop();
      paused = true;
      options.onDown();
    },
    resume() {
      if (paused && !closed) open();
    },
    hold(ms) {
      heldUntil = Date.now() + ms;
    },
    close() {
      drop();
      paused = true;
      closed = true;
      clearInterval(watchdog);
      stopListening();
    },
  };
}

function isMessage(event: Event): event is MessageEvent<string> {
  return 'data' in event && typeof event.data === 'string';
}

/** Listens to a browser's events of the network and of the page's visibility. Gives a function that stops it. Node has no such events. */
function onReturn(on: { seen: () => void; networkBack: () => void; networkAway: () => void }): () => void {
  if (typeof document === 'undefined') return () => {};
  const stop = new AbortController();
  const { signal } = stop;
  addEventListener('online', on.networkBack, { signal });
  addEventListener('offline', on.networkAway, { signal });
  // Out of the back-forward cache a page comes with its streams closed.
  addEventListener('pageshow', (event) => (event.persisted ? on.networkBack() : undefined), { signal });
  document.addEventListener(
    'visibilitychange',
    () => (document.visibilityState === 'visible' ? on.seen() : undefined),
    { signal },
  );
  return () => stop.abort();
}
