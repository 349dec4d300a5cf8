import type { HeartbeatEvent, Message, OpenEvent, PresenceEvent, ResetEvent } from '@carillon/protocol';
import type { Backoff } from './backoff.ts';
import type { Page, PageOptions } from './carillon.ts';
import { keepConnected } from './connection.ts';
import type { EventSourceConstructor } from './event-source.ts';
import { createInbox } from './inbox.ts';
import { type StreamState, sameState, streamState } from './stream-state.ts';

export interface SubscribeOptions {
  /** Where to start: `latest` (as when left out), `earliest`, a number of messages such as `-20`, or an age such as `10m`. */
  since?: string;
  /** Where an earlier subscription stood; goes before `since`. */
  cursor?: string;
  /** Each message once, in order, without holes within its channel. */
  onMessage: (message: Message) => void;
  onState?: (state: StreamState) => void;
  /** At the start of each stream: where the channels stand. */
  onOpen?: (open: OpenEvent) => void;
  /** Who is on a channel, soon after the start and when that has changed. */
  onPresence?: (present: PresenceEvent) => void;
  /** Messages are gone: those between the last one and `from`, or, where the reason is `epoch` or `ahead`, all that came before. */
  onReset?: (reset: ResetEvent) => void;
  /** The stream skipped messages; they were read from the channel's pages and handed on. */
  onHole?: (hole: Hole) => void;
  /** A stream without an event for this long is given up for a new one, milliseconds. */
  silenceMs?: number;
}

/** A run of messages, both ends included. */
export interface Hole {
  channel: string;
  from: number;
  to: number;
}

export interface Subscription {
  close(): void;
  readonly state: StreamState;
  /** Where it stands: everything up to here was handed on. Undefined before the first event. */
  readonly cursor: string | undefined;
}

export interface Surroundings {
  url: string;
  backoff: Backoff;
  EventSource: EventSourceConstructor;
  page: (channel: string, range: PageOptions) => Promise<Page>;
  /** The stream is up, for the first time or again. */
  onUp: () => void;
}

/** Two and a half heartbeats of 15 s and some: one may be lost or late. */
const SILENCE_MS = 40_000;
const HOLE_PAGE = 200;

interface Item {
  name: string;
  data: unknown;
  id: string;
}

/** See {@link Carillon.subscribe}. */
export function subscribe(
  channels: readonly string[],
  options: SubscribeOptions,
  { url, backoff, EventSource, page, onUp }: Surroundings,
): Subscription {
  const positions = new Map<string, number>();
  const heads = new Map<string, number>();
  const facts = { up: false, wasUp: false, historyAway: false, heads, positions };
  let cursor = options.cursor;
  let state: StreamState = { name: 'connecting' };
  const inbox = createInbox<Item>({ prepare, handle, onIdle: tell, onStuck: startOver });

  const connection = keepConnected({
    EventSource,
    backoff,
    silenceMs: options.silenceMs ?? SILENCE_MS,
    events: ['message', 'open', 'heartbeat', 'reset', 'cursor', 'drain', 'presence'],
    url: address,
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
  });

  function address(): string {
    const start = cursor !== undefined ? { cursor } : { since: options.since ?? 'latest' };
    const [only, ...others] = channels;
    if (only !== undefined && others.length === 0)
      return `${url}/v1/channels/${encodeURIComponent(only)}/stream?${new URLSearchParams(start)}`;
    const named = channels.map((channel) => ['channel', channel]);
    return `${url}/v1/stream?${new URLSearchParams([...named, ...Object.entries(start)])}`;
  }

  /** What was not handed on is asked for again: the stream returns to the cursor. */
  function startOver(): void {
    inbox.clear();
    connection.restart();
  }

  /** Reads what is missing before an item, if anything is. */
  function prepare({ name, data }: Item, signal: AbortSignal): Promise<void> | undefined {
    return name === 'message' && !takesNext(data as Message) ? fill(data as Message, signal) : undefined;
  }

  function handle({ name, data, id }: Item): void {
    if (name === 'message') deliver(data as Message);
    else if (name === 'open') opened(data as OpenEvent);
    else if (name === 'reset') reset(data as ResetEvent);
    else if (name === 'presence') call(options.onPresence, data as PresenceEvent);
    else if (name === 'heartbeat') heartbeat(data as HeartbeatEvent);
    if (id !== '') cursor = id;
  }

  function takesNext({ channel, seq }: Message): boolean {
    return seq <= (positions.get(channel) ?? seq - 1) + 1;
  }

  function deliver(message: Message): void {
    const { channel, seq } = message;
    if (seq <= (positions.get(channel) ?? 0)) return;
    positions.set(channel, seq);
    if (seq > (heads.get(channel) ?? 0)) heads.set(channel, seq);
    call(options.onMessage, message);
  }

  async function fill({ channel, seq: before }: Message, signal: AbortSignal): Promise<void> {
    const first = (positions.get(channel) ?? 0) + 1;
    for (let next = first; next < before; next = (positions.get(channel) ?? 0) + 1) {
      const { messages, head } = await page(channel, { after: next - 1, limit: HOLE_PAGE, signal });
      signal.throwIfAborted();
      const found = messages[0]?.seq ?? before;
      // Not kept any more. That is a loss, and is told as one.
      if (found > next)
        reset({ channel, reason: 'expired', from: Math.min(found, before), head, history: '' });
      for (const message of messages) if (message.seq < before) deliver(message);
    }
    call(options.onHole, { channel, from: first, to: before - 1 });
  }

  function opened(open: OpenEvent): void {
    facts.historyAway = false;
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

  function tell(): void {
    const next = streamState(facts);
    if (sameState(state, next)) return;
    state = next;
    call(options.onState, state);
  }

  return {
    close() {
      inbox.clear();
      connection.close();
    },
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
