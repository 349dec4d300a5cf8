import { type Backoff, backoffMs } from './backoff.ts';
import type { EventSourceConstructor, EventSourceLike } from './event-source.ts';

export interface ConnectionOptions {
  EventSource: EventSourceConstructor;
  /** The stream's address, asked for at each attempt, since it holds the cursor. */
  url: () => string;
  /** Names of the events to listen to. */
  events: readonly string[];
  backoff: Backoff;
  /** A stream without an event for this long is dead, milliseconds. */
  silenceMs: number;
  /** `id` is the last event id, empty where there is none. */
  onEvent: (name: string, data: unknown, id: string) => void;
  /** The stream is cut, or may be; a new one will be opened. */
  onDown: () => void;
}

export interface Connection {
  /** Gives the present stream up, for one at {@link ConnectionOptions.url} after a wait. */
  restart(): void;
  close(): void;
}

/**
 * Keeps one EventSource open. Every cut is met here, never by EventSource's own return: that gives up for ever on
 * any status but 200, and never notices a connection that went silent.
 */
export function keepConnected(options: ConnectionOptions): Connection {
  const { backoff, silenceMs } = options;
  let source: EventSourceLike | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let lastEventAt = 0;
  let failures = 0;

  function open(): void {
    clearTimeout(timer);
    timer = undefined;
    source?.close();
    const opened = new options.EventSource(options.url());
    source = opened;
    lastEventAt = Date.now();
    for (const name of options.events) {
      opened.addEventListener(name, (event) => {
        // EventSource's own `open` has the name of the stream's, but no data.
        if (source === opened && isMessage(event)) receive(name, event);
      });
    }
    opened.addEventListener('error', () => {
      if (source === opened) restart();
    });
  }

  function receive(name: string, event: MessageEvent): void {
    lastEventAt = Date.now();
    if (name === 'message') failures = 0;
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
    timer = setTimeout(open, ms);
  }

  function restart(): void {
    source?.close();
    source = undefined;
    options.onDown();
    // After `drain` the server has said when to come back.
    if (timer === undefined) returnIn(backoffMs(backoff, failures++));
  }

  function openNow(): void {
    options.onDown();
    open();
  }

  function check(limitMs: number): void {
    if (source === undefined) open();
    else if (Date.now() - lastEventAt > limitMs) openNow();
  }

  const watchdog = setInterval(() => {
    if (source !== undefined) check(silenceMs);
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
    close() {
      clearInterval(watchdog);
      clearTimeout(timer);
      stopListening();
      source?.close();
      source = undefined;
    },
  };
}

function isMessage(event: Event): event is MessageEvent<string> {
  return 'data' in event && typeof event.data === 'string';
}

/** Listens to what a browser tells of the network and of being looked at. Gives a function that stops it; Node has none of it. */
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
