import { askedMs, type Backoff } from './backoff.ts';
import type { LogOptions, LogPage } from './calls.ts';
import { keepConnected } from './connection.ts';
import { CarillonError, deniedBy } from './error.ts';
import type { EventSourceConstructor } from './event-source.ts';
import { createInbox } from './inbox.ts';
import type {
  Change,
  DeniedEvent,
  HeartbeatEvent,
  LogEvent,
  Message,
  OpenEvent,
  PresenceEvent,
  ResetEvent,
  TypingEvent,
} from './protocol.ts';
import { createRenewal } from './renewal.ts';
import { type StreamState, sameState, streamState } from './stream-state.ts';

/** Where a subscription starts. */
export interface Start {
  /** `latest` (as when left out), `earliest`, a number of events such as `-20`, or an age such as `10m`. */
  since?: string;
  /** Where an earlier subscription stood; goes before `since`. */
  cursor?: string;
}

export interface SubscribeOptions extends Start {
  /** Each message once; with the changes in the order of their seqs, without holes within its channel. */
  onMessage?: (message: Message) => void;
  /**
   * Each edit, deletion, reaction and change of a channel once, in its place between the messages. A newer server may send a type
   * that is not in {@link Change} (see `isKnownChange`): it means nothing to you, and is not missing anywhere.
   */
  onChange?: (change: Change) => void;
  onState?: (state: StreamState) => void;
  /** At the start of each stream: where the channels stand, and who reads. */
  onOpen?: (open: OpenEvent) => void;
  /** Who is on a channel, soon after the start and when that has changed. */
  onPresence?: (present: PresenceEvent) => void;
  /** Who types on a channel, when that has changed. */
  onTyping?: (typing: TypingEvent) => void;
  /** Events are gone: those between the last one and `from`, or, where the reason is `epoch` or `ahead`, all that came before. */
  onReset?: (reset: ResetEvent) => void;
  /** The stream skipped events; they were read from the channel's log and handed on. */
  onHole?: (hole: Hole) => void;
  /** It has ended for good: who reads may not, or not any longer, and there is no other token to try. */
  onDenied?: (denied: DeniedEvent) => void;
  /** A stream without an event for this long is given up for a new one, milliseconds. */
  silenceMs?: number;
}

/** A run of events, both ends included. */
export interface Hole {
  channel: string;
  from: number;
  to: number;
}

export interface Subscription {
  close(): void;
  /** Lets the stream go, until {@link Subscription.resume}. */
  pause(): void;
  /** Takes up where it stood. */
  resume(): void;
  readonly state: StreamState;
  /** Where it stands: everything up to here was handed on. Undefined before the first event. */
  readonly cursor: string | undefined;
}

export interface Surroundings {
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
const HOLE_PAGE = 200;

/** Under one name come changes of every type. Servers of before 2026-12 send some under their own. */
const CHANGES = ['channel', 'edit', 'delete', 'reaction'];
/** What is in the log, and has a seq. */
const LOGGED = new Set(['message', ...CHANGES]);
const EVENTS = [...LOGGED, 'open', 'heartbeat', 'reset', 'cursor', 'drain', 'presence', 'typing', 'denied'];

interface Item {
  name: string;
  data: unknown;
  id: string;
}

/** See {@link Carillon.subscribe}. */
export function subscribe(
  channels: readonly string[],
  options: SubscribeOptions,
  { url, backoff, EventSource, log, ticket, renewable, refusal, onUp }: Surroundings,
): Subscription {
  const positions = new Map<string, number>();
  const heads = new Map<string, number>();
  const facts = { up: false, wasUp: false, denied: false, historyAway: false, heads, positions };
  const closed = new AbortController();
  let cursor = options.cursor;
  let state: StreamState = { name: 'connecting' };
  /** The next stream is to be opened with another token. */
  let renewing = false;
  const inbox = createInbox<Item>({ prepare, handle, onIdle: tell, onStuck: startOver });
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
      tell();
    },
    onRefused: () => refusal(path(), closed.signal).then(refused),
  });

  function path(): string {
    const start = cursor !== undefined ? { cursor } : { since: options.since ?? 'latest' };
    const [only, ...others] = channels;
    if (only !== undefined && others.length === 0)
      return `/v1/channels/${encodeURIComponent(only)}/stream?${new URLSearchParams(start)}`;
    const named = channels.map((channel) => ['channel', channel]);
    return `/v1/stream?${new URLSearchParams([...named, ...Object.entries(start)])}`;
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
    return LOGGED.has(name) && !takesNext(data as LogEvent) ? fill(data as LogEvent, signal) : undefined;
  }

  function handle({ name, data, id }: Item): void {
    if (LOGGED.has(name)) {
      // After another stream took over, it repeats what the one before had handed on.
      if (!deliver(data as LogEvent)) return;
    } else if (name === 'open') opened(data as OpenEvent);
    else if (name === 'reset') reset(data as ResetEvent);
    else if (name === 'presence') call(options.onPresence, data as PresenceEvent);
    else if (name === 'typing') call(options.onTyping, data as TypingEvent);
    else if (name === 'heartbeat') heartbeat(data as HeartbeatEvent);
    else if (name === 'denied') ended(data as DeniedEvent);
    // A stream that goes on where another stood begins with the place that it was asked for.
    if (id !== '' && (name !== 'open' || cursor === undefined)) cursor = id;
  }

  function takesNext({ channel, seq }: LogEvent): boolean {
    return seq <= (positions.get(channel) ?? seq - 1) + 1;
  }

  /** Tells whether it was new. */
  function deliver(event: LogEvent): boolean {
    const { channel, seq } = event;
    if (seq <= (positions.get(channel) ?? 0)) return false;
    positions.set(channel, seq);
    if (seq > (heads.get(channel) ?? 0)) heads.set(channel, seq);
    if ('type' in event) call(options.onChange, event);
    else call(options.onMessage, event);
    return true;
  }

  async function fill({ channel, seq: before }: LogEvent, signal: AbortSignal): Promise<void> {
    const first = (positions.get(channel) ?? 0) + 1;
    for (let next = first; next < before; next = (positions.get(channel) ?? 0) + 1) {
      const { events, head } = await log(channel, { after: next - 1, limit: HOLE_PAGE, signal });
      signal.throwIfAborted();
      const found = events[0]?.seq ?? before;
      // Not kept any more. That is a loss, and is told as one.
      if (found > next)
        reset({ channel, reason: 'expired', from: Math.min(found, before), head, history: '' });
      for (const event of events) {
        if (event.seq < before) deliver(event);
        // A listener has closed or paused it.
        signal.throwIfAborted();
      }
    }
    call(options.onHole, { channel, from: first, to: before - 1 });
  }

  function opened(open: OpenEvent): void {
    facts.historyAway = false;
    renewing = false;
    renewal.begins(open.time, open.expiresAt);
    for (const [channel, { head, from }] of Object.entries(open.channels)) {
      heads.set(channel, head);
      if (!positions.has(channel)) positions.set(channel, from - 1);
    }
    call(options.onOpen, open);
  }

  function reset(event: ResetEvent): void {
    positions.set(event.channel, event.from - 1);
    heads.set(event.channel, event.head);
    call(options.onReset, event);
  }

  function heartbeat(event: HeartbeatEvent): void {
    facts.historyAway = event.history === 'away';
    for (const [channel, head] of Object.entries(event.heads)) heads.set(channel, head);
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
    tell();
    call(options.onDenied, denied);
  }

  function tell(): void {
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
