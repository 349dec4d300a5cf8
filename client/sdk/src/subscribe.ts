import { askedMs, type Backoff } from './backoff.ts';
import type { LogOptions, LogPage } from './calls.ts';
import { keepConnected } from './connection.ts';
import { CarillonError, deniedBy } from './error.ts';
import type { EventSourceConstructor } from './event-source.ts';
import { createInbox } from './inbox.ts';
import { createLogDelivery } from './log-delivery.ts';
import { streamPath } from './paths.ts';
import type {
  DeniedEvent,
  HeartbeatEvent,
  LogEvent,
  OpenEvent,
  PresenceEvent,
  ResetEvent,
  TypingEvent,
} from './protocol.ts';
import { createRenewal } from './renewal.ts';
import { type StreamState, sameState, streamState } from './stream-state.ts';
import type { SubscribeOptions, Subscription } from './subscription.ts';

/** How a subscription reaches the server. */
export interface SubscribeDependencies {
  url: string;
  backoff: Backoff;
  EventSource: EventSourceConstructor;
  log: (channel: string, range: LogOptions) => Promise<LogPage>;
  /** A ticket for one stream, of another token than the last where `renew`; undefined where cookies say who reads. */
  ticket: ((renew: boolean) => Promise<string>) | undefined;
  /** Another token can be had. */
  renewable: boolean;
  /** Why the server has no stream at this path, undefined where it has. */
  refusal: (path: string, signal: AbortSignal) => Promise<CarillonError | undefined>;
  /** The stream is up, for the first time or again. */
  onUp: () => void;
}

/** Two and a half heartbeats of 15 s and some: one may be lost or late. */
const SILENCE_MS = 40_000;

/** All changes come under the name `channel`. Servers from before 2026-12 send some under names of their own. */
const CHANGES = ['channel', 'edit', 'delete', 'reaction'];
/** What is in the log, and has a seq. */
const LOGGED = new Set(['message', ...CHANGES]);
const EVENTS = [...LOGGED, 'open', 'heartbeat', 'reset', 'cursor', 'drain', 'presence', 'typing', 'denied'];

/** An event as it came. */
interface Item {
  name: string;
  data: unknown;
  id: string;
}

/** Opens a stream of the channels and keeps it open: see {@link Carillon.subscribe}. */
export function subscribe(
  channels: readonly string[],
  options: SubscribeOptions,
  { url, backoff, EventSource, log, ticket, renewable, refusal, onUp }: SubscribeDependencies,
): Subscription {
  const delivery = createLogDelivery({
    log,
    onEvent: (event) => ('type' in event ? call(options.onChange, event) : call(options.onMessage, event)),
    onReset: (event) => call(options.onReset, event),
    onHole: (hole) => call(options.onHole, hole),
  });
  const { heads, positions } = delivery;
  const facts = { up: false, wasUp: false, denied: false, historyAway: false, heads, positions };
  const closed = new AbortController();
  let cursor = options.cursor;
  let state: StreamState = { name: 'connecting' };
  /** The next stream is to be opened with another token. */
  let renewing = false;
  const inbox = createInbox<Item>({ prepare, handle, onIdle: notifyState, onStuck: startOver });
  const renewal = createRenewal(() => {
    renewing = renewable;
    connection.replace();
  });

  const connection = keepConnected({
    EventSource,
    backoff,
    silenceMs: options.silenceMs ?? SILENCE_MS,
    events: EVENTS,
    address: ticket === undefined ? () => url + path() : () => addressWith(ticket),
    onEvent(name, data, id) {
      if (!facts.up) onUp();
      facts.up = true;
      facts.wasUp = true;
      inbox.push({ name, data, id });
    },
    onDown() {
      facts.up = false;
      notifyState();
    },
    onRefused: () => refusal(path(), closed.signal).then(refused),
  });

  function path(): string {
    return streamPath(channels, cursor === undefined ? { since: options.since ?? 'latest' } : { cursor });
  }

  async function addressWith(ticketOf: (renew: boolean) => Promise<string>): Promise<string> {
    try {
      const one = await ticketOf(renewing);
      return `${url}${path()}&ticket=${encodeURIComponent(one)}`;
    } catch (error) {
      // While a stream still goes on, that is for its server to say.
      if (error instanceof CarillonError && !facts.up) refused(error);
      throw error;
    }
  }

  function refused(error: CarillonError | undefined): void {
    const denied = error && deniedBy(error);
    if (closed.signal.aborted) return;
    if (denied !== undefined) deny(denied);
    else if (error?.retryAfter !== undefined) connection.hold(askedMs(error.retryAfter));
  }

  /** What was not handed on is asked for again: the stream returns to the cursor. */
  function startOver(): void {
    inbox.clear();
    connection.restart();
  }

  /** Reads what is missing before an item, if anything is. */
  function prepare({ name, data }: Item, signal: AbortSignal): Promise<void> | undefined {
    return LOGGED.has(name) ? delivery.fill(data as LogEvent, signal) : undefined;
  }

  function handle({ name, data, id }: Item): void {
    if (LOGGED.has(name)) {
      // After another stream took over, it repeats what the one before had handed on.
      if (!delivery.deliver(data as LogEvent)) return;
    } else if (name === 'open') opened(data as OpenEvent);
    else if (name === 'reset') delivery.reset(data as ResetEvent);
    else if (name === 'presence') call(options.onPresence, data as PresenceEvent);
    else if (name === 'typing') call(options.onTyping, data as TypingEvent);
    else if (name === 'heartbeat') heartbeat(data as HeartbeatEvent);
    else if (name === 'denied') ended(data as DeniedEvent);
    // A stream that goes on where another stood begins with the cursor that it was asked for.
    if (id !== '' && (name !== 'open' || cursor === undefined)) cursor = id;
  }

  function opened(open: OpenEvent): void {
    facts.historyAway = false;
    renewing = false;
    renewal.begins(open.time, open.expiresAt);
    delivery.opened(open.channels);
    call(options.onOpen, open);
  }

  function heartbeat(event: HeartbeatEvent): void {
    facts.historyAway = event.history === 'away';
    delivery.noteHeads(event.heads);
  }

  /** The server has ended the stream. Where that is only for its token, another may do. */
  function ended(denied: DeniedEvent): void {
    if (denied.reason === 'expired' && renewable) {
      renewing = true;
      connection.restart();
    } else deny(denied);
  }

  function deny(denied: DeniedEvent): void {
    close();
    facts.denied = true;
    notifyState();
    call(options.onDenied, denied);
  }

  function notifyState(): void {
    const next = streamState(facts);
    if (sameState(state, next)) return;
    state = next;
    call(options.onState, state);
  }

  function close(): void {
    closed.abort();
    renewal.stop();
    inbox.clear();
    connection.close();
  }

  return {
    close,
    pause() {
      renewal.stop();
      inbox.clear();
      connection.pause();
    },
    resume: connection.resume,
    get state() {
      return state;
    },
    get cursor() {
      return cursor;
    },
  };
}

/** A listener that throws is its owner's fault: it is reported as uncaught, and the stream goes on. */
function call<T>(listener: ((value: T) => void) | undefined, value: T): void {
  try {
    listener?.(value);
  } catch (error) {
    queueMicrotask(() => {
      throw error;
    });
  }
}
