import {
  type Carillon,
  CarillonError,
  type DeniedEvent,
  type LogEvent,
  type OpenEvent,
  type PresenceEvent,
  type ResetEvent,
  type StreamState,
  type Subscription,
  type TypingEvent,
} from '@carillon/client';
import type { FeedEvent, FeedUpdate } from './feed.ts';

/** Holds one stream for all channels that are wanted. */
export interface StreamHolder {
  /** Follows exactly these channels. `from`: where another holder of the same stood. */
  follow(channels: ReadonlySet<string>, from?: ResumePoint): void;
  /** Emits again how a channel stands, for a tab that has just come. */
  repeat(channel: string): void;
  renew(): void;
  /** Where it stands, for the tab that takes over. */
  readonly resumePoint: ResumePoint | undefined;
  close(): void;
}

/** A cursor, and the channels that it is of. */
export interface ResumePoint {
  cursor: string;
  channels: string;
}

/** What is emitted together is drawn together: a frame, ms. */
const GATHER_MS = 12;
/** A server that could not say what it refuses is asked again after this long, ms. */
const ASK_AGAIN_MS = 3_000;
/** A stream takes no more (protocol); the page follows one channel in each tab. */
const MAX_CHANNELS = 100;

/** What is known of a channel. */
interface Known {
  head: number;
  earliest: number;
  position: number;
  presence?: PresenceEvent;
  typing?: TypingEvent;
}

/** @param onUpdates is given what happened, in order. */
export function holdStream(
  carillon: Carillon,
  onUpdates: (updates: readonly FeedUpdate[]) => void,
): StreamHolder {
  const known = new Map<string, Known>();
  const denied = new Set<string>();
  let wanted: readonly string[] = [];
  /** The stream whose events are emitted; another may be opening, to take its place. */
  let current: { subscription: Subscription; channels: string } | undefined;
  let opening: Subscription | undefined;
  let state: StreamState = { name: 'connecting' };
  let batch: FeedUpdate[] = [];
  let gathering: ReturnType<typeof setTimeout> | undefined;

  function emit(channel: string, event: FeedEvent): void {
    const last = batch.at(-1);
    if (event.type === 'events' && last?.event.type === 'events' && last.channel === channel)
      last.event.events.push(...event.events);
    else batch.push({ channel, event });
    // The timers of a tab that nobody sees are slow, and others may wait for what it has.
    if (document.hidden) flush();
    else gathering ??= setTimeout(flush, GATHER_MS);
  }

  function flush(): void {
    clearTimeout(gathering);
    gathering = undefined;
    const updates = batch;
    batch = [];
    if (updates.length > 0) onUpdates(updates);
  }

  function emitState(next: StreamState): void {
    state = next;
    for (const channel of wanted) emit(channel, { type: 'state', state });
  }

  function open(from?: ResumePoint): void {
    opening?.close();
    opening = undefined;
    const channels = wanted.filter((channel) => !denied.has(channel));
    const named = channels.join(' ');
    if (channels.length === 0) {
      closeCurrent();
      return;
    }
    const subscription: Subscription = carillon.subscribe(channels, {
      ...(from?.channels === named ? { cursor: from.cursor } : {}),
      onOpen(event) {
        takeOver();
        opened(event);
      },
      onMessage: logged,
      onChange: logged,
      onReset: reset,
      onPresence: (presence) => {
        note(presence.channel, { presence });
        emit(presence.channel, { type: 'presence', presence });
      },
      onTyping: (typing) => {
        note(typing.channel, { typing });
        emit(typing.channel, { type: 'typing', people: typing.people });
      },
      onState: (next) => {
        // While it opens, the one before it is what people have.
        if (current === undefined || current.subscription === subscription) emitState(next);
      },
      onDenied: (event) => void refused(subscription, channels, event),
    });
    opening = subscription;

    function takeOver(): void {
      if (opening !== subscription) return;
      opening = undefined;
      if (current?.subscription !== subscription) current?.subscription.close();
      current = { subscription, channels: named };
    }
  }

  function opened({ channels }: OpenEvent): void {
    for (const [channel, { head, earliest, from }] of Object.entries(channels)) {
      known.set(channel, { ...known.get(channel), head, earliest, position: from - 1 });
      emit(channel, { type: 'open', head, earliest, from });
    }
  }

  function logged(event: LogEvent): void {
    note(event.channel, { position: event.seq });
    emit(event.channel, { type: 'events', events: [event] });
  }

  function reset(event: ResetEvent): void {
    note(event.channel, { position: event.from - 1, head: event.head });
    emit(event.channel, { type: 'reset', reset: event });
  }

  function note(channel: string, more: Partial<Known>): void {
    const before = known.get(channel);
    if (before === undefined) return;
    const next = { ...before, ...more };
    known.set(channel, { ...next, head: Math.max(next.head, next.position) });
  }

  /** A stream of several channels is refused as a whole: those that may be read go on without the others. */
  async function refused(
    subscription: Subscription,
    channels: readonly string[],
    event: DeniedEvent,
  ): Promise<void> {
    const named = event.channel === undefined ? channels : [event.channel];
    const culprits = named.length > 1 ? await refusedOf(named) : named;
    if (culprits.length === 0) await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
    if (subscription !== opening && subscription !== current?.subscription) return;
    if (current?.subscription === subscription) current = undefined;
    for (const channel of culprits) {
      denied.add(channel);
      emit(channel, { type: 'denied', denied: event });
    }
    open();
  }

  /** Which of the channels the server refuses; all, where it lets all be read. None where it cannot say just now. */
  async function refusedOf(channels: readonly string[]): Promise<readonly string[]> {
    const readable = await Promise.all(
      channels.map((channel) =>
        carillon.page(channel, { limit: 1 }).then(
          () => true,
          (error: unknown) => (isRefusal(error) ? false : undefined),
        ),
      ),
    );
    const found = channels.filter((_, index) => readable[index] === false);
    return found.length === 0 && !readable.includes(undefined) ? channels : found;
  }

  function closeCurrent(): void {
    current?.subscription.close();
    current = undefined;
  }

  return {
    follow(channels, from) {
      const next = [...channels].sort().slice(0, MAX_CHANNELS);
      const same = next.length === wanted.length && next.every((channel, index) => channel === wanted[index]);
      // A tab that comes back to a channel asks for it again.
      for (const channel of denied) if (!next.includes(channel)) denied.delete(channel);
      for (const channel of known.keys()) if (!next.includes(channel)) known.delete(channel);
      if (same && (current !== undefined || opening !== undefined)) return;
      wanted = next;
      open(from);
    },
    repeat(channel) {
      // The reader may have been let in meanwhile.
      if (denied.delete(channel)) return open();
      const held = known.get(channel);
      if (held === undefined) return;
      const { head, earliest, position, presence, typing } = held;
      emit(channel, { type: 'open', head, earliest, from: position + 1 });
      emit(channel, { type: 'state', state });
      if (presence) emit(channel, { type: 'presence', presence });
      if (typing) emit(channel, { type: 'typing', people: typing.people });
    },
    renew() {
      denied.clear();
      open();
    },
    get resumePoint() {
      const cursor = current?.subscription.cursor;
      return current === undefined || cursor === undefined
        ? undefined
        : { cursor, channels: current.channels };
    },
    close() {
      opening?.close();
      opening = undefined;
      closeCurrent();
      flush();
    },
  };
}

/** Offline, too many calls, a server in trouble: none of it says that the channel may not be read. */
function isRefusal(error: unknown): boolean {
  return error instanceof CarillonError && [401, 403, 404].includes(error.status);
}
