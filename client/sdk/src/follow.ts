import { errorOfDenied } from './error.ts';
import type { LogEvent, ResetEvent } from './protocol.ts';
import type { Start, SubscribeOptions, Subscription } from './subscription.ts';

/** Events between the last one and `from` are gone. */
export interface Reset extends ResetEvent {
  type: 'reset';
}

/** What a loop over a channel gets: a message has no `type`. */
export type ChannelEvent = LogEvent | Reset;

export interface EventsOptions extends Start {
  /** Ends the loop: it throws the signal's reason. */
  signal?: AbortSignal;
  /** Events that may wait for the loop, at least 1; with more the stream is let go, and taken up again where it stood. */
  buffer?: number;
}

/** Some seconds of a busy channel; at 64 KiB each, 16 MiB at worst. */
const BUFFER_EVENTS = 256;

interface Waiting {
  resolve: (result: IteratorResult<ChannelEvent, undefined>) => void;
  reject: (reason: unknown) => void;
}

/**
 * A subscription as an iterator. The stream is opened with the first `next()`. A loop that is slower than the channel keeps
 * {@link EventsOptions.buffer} events waiting at most: the others wait in the server's log, and none is lost.
 */
export function follow(
  subscribe: (options: SubscribeOptions) => Subscription,
  { signal, buffer: asked = BUFFER_EVENTS, ...start }: EventsOptions,
): AsyncIterableIterator<ChannelEvent, undefined> {
  // With none, the stream would be let go for ever by its first event.
  const buffer = Math.max(1, asked);
  const events: ChannelEvent[] = [];
  const readers: Waiting[] = [];
  let subscription: Subscription | undefined;
  let paused = false;
  let over: { error?: unknown } | undefined;

  function take(event: ChannelEvent): void {
    const reader = readers.shift();
    if (reader !== undefined) reader.resolve({ value: event, done: false });
    else events.push(event);
    if (events.length >= buffer && !paused) {
      paused = true;
      subscription?.pause();
    }
  }

  /** Nothing more comes; what waits is still given. */
  function end(how: { error?: unknown }): void {
    if (over !== undefined) return;
    over = how;
    subscription?.close();
    signal?.removeEventListener('abort', abort);
    for (const reader of readers.splice(0)) settle(reader, how);
  }

  function settle(reader: Waiting, how: { error?: unknown }): void {
    if ('error' in how) reader.reject(how.error);
    else reader.resolve({ value: undefined, done: true });
    // An error is thrown once, as a generator does.
    over = {};
  }

  function abort(): void {
    events.length = 0;
    end({ error: signal?.reason });
  }

  function open(): void {
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) {
      abort();
      return;
    }
    subscription = subscribe({
      ...start,
      onMessage: take,
      onChange: take,
      onReset: (reset) => take({ type: 'reset', ...reset }),
      onDenied: (denied) => end({ error: errorOfDenied(denied) }),
    });
  }

  return {
    next() {
      if (subscription === undefined && over === undefined) open();
      return new Promise((resolve, reject) => {
        const event = events.shift();
        if (event !== undefined) {
          resolve({ value: event, done: false });
          if (paused && events.length <= buffer / 2) {
            paused = false;
            subscription?.resume();
          }
        } else if (over !== undefined) settle({ resolve, reject }, over);
        else readers.push({ resolve, reject });
      });
    },
    async return() {
      events.length = 0;
      end({});
      return { value: undefined, done: true };
    },
    [Symbol.asyncIterator]() {
      return this;
    },
  };
}
