import { type Carillon, type LogEvent, newKey } from '@carillon/client';
import { type Election, elect } from './election.ts';
import type { Feed, FeedEvent, FeedUpdate, Note } from './feed.ts';
import { holdStream, type ResumePoint, type StreamHolder } from './stream-holder.ts';
import { openTabChannel, type TabChannel } from './tab-channel.ts';

/** What a tab wants stands in the name of a lock that it holds: the browser forgets it with the tab. */
const WANT = 'carillon.want/';
/** A person who goes to another tab and soon comes back finds the stream as it was, ms. */
const UNSEEN_MS = 10_000;
/** Tabs that crashed leave without a word. */
const SWEEP_MS = 5_000;

type Listener = (event: FeedEvent) => void;

/**
 * One stream for all tabs of the browser, which one of them holds: browsers open no more than six connections to a server
 * over HTTP/1.1. Where the browser has no Web Locks (on plain http to another host), each tab that is seen has a stream of its own.
 */
export function createFeed(carillon: Carillon): Feed {
  const listeners = new Map<string, Set<Listener>>();
  const eventListeners = new Set<(channel: string, events: readonly LogEvent[]) => void>();
  const noteListeners = new Set<(note: Note) => void>();

  function dispatch(updates: readonly FeedUpdate[]): void {
    for (const { channel, event } of updates) {
      if (event.type === 'events') for (const listener of eventListeners) listener(channel, event.events);
      for (const listener of listeners.get(channel) ?? []) listener(event);
    }
  }

  /** Gives a function that ends it. */
  function listen(
    channel: string,
    listener: Listener,
    on: { first: () => void; last: () => void },
  ): () => void {
    const all = listeners.get(channel) ?? new Set();
    listeners.set(channel, all);
    all.add(listener);
    if (all.size === 1) on.first();
    return () => {
      if (!all.delete(listener) || all.size > 0) return;
      listeners.delete(channel);
      on.last();
    };
  }

  const shares = 'locks' in navigator && typeof BroadcastChannel === 'function';
  const stream = shares
    ? sharedStream(carillon, dispatch, noted)
    : ownStream(carillon, dispatch, noted, listeners);

  function noted(note: Note): void {
    for (const listener of noteListeners) listener(note);
  }

  return {
    follow: (channel, listener) =>
      listen(channel, listener, { first: () => stream.want(channel), last: () => stream.unwant(channel) }),
    renew: stream.renew,
    note: stream.note,
    onNote: (listener) => void noteListeners.add(listener),
    onEvents: (listener) => void eventListeners.add(listener),
  };
}

interface TabStream {
  want(channel: string): void;
  unwant(channel: string): void;
  renew(): void;
  note(note: Note): void;
}

/**
 * For browsers without Web Locks. A tab that nobody sees lets its stream go after a while, and takes it up again where it
 * stood: six that are seen at once are rare.
 */
function ownStream(
  carillon: Carillon,
  dispatch: (updates: readonly FeedUpdate[]) => void,
  noted: (note: Note) => void,
  wanted: ReadonlyMap<string, unknown>,
): TabStream {
  const holder = holdStream(carillon, dispatch);
  const tabs = typeof BroadcastChannel === 'function' ? openTabChannel() : undefined;
  let resumePoint: ResumePoint | undefined;
  let leaving: ReturnType<typeof setTimeout> | undefined;
  let away = false;

  function follow(): void {
    if (!away) holder.follow(new Set(wanted.keys()), resumePoint);
  }

  function leave(): void {
    resumePoint = holder.resumePoint;
    away = true;
    holder.follow(new Set());
  }

  tabs?.listen((message) => {
    if (message.type === 'note') noted(message.note);
  });
  document.addEventListener('visibilitychange', () => {
    clearTimeout(leaving);
    if (document.hidden) leaving = setTimeout(leave, UNSEEN_MS);
    else if (away) {
      away = false;
      follow();
    }
  });
  return {
    want: follow,
    unwant: follow,
    renew: holder.renew,
    note: (note) => tabs?.post({ type: 'note', note }),
  };
}

function sharedStream(
  carillon: Carillon,
  dispatch: (updates: readonly FeedUpdate[]) => void,
  noted: (note: Note) => void,
): TabStream {
  const { locks } = navigator;
  const tab = newKey();
  const wants = new Map<string, () => void>();
  let tabs: TabChannel;
  let election: Election;
  let holder: StreamHolder | undefined;
  let sweep: ReturnType<typeof setInterval> | undefined;
  /** Where the last leader's stream stood. */
  let resumePoint: ResumePoint | undefined;
  let looking: Promise<void> | undefined;
  let lookAgain = false;

  function join(): void {
    tabs = openTabChannel();
    election = elect(locks, tabs, { lead, stepDown });
    tabs.listen((message) => {
      if (message.type === 'updates') {
        resumePoint = message.resumePoint;
        watch(message.updates);
        dispatch(message.updates);
      } else if (message.type === 'note') noted(message.note);
      else if (holder === undefined) return;
      else if (message.type === 'wanted') void gather().then(() => repeat(message.channel));
      else if (message.type === 'renew') holder.renew();
    });
  }

  function lead(): void {
    holder = holdStream(carillon, (updates) => {
      resumePoint = holder?.resumePoint ?? resumePoint;
      tabs.post({ type: 'updates', updates, resumePoint });
      dispatch(updates);
    });
    sweep = setInterval(() => void gather(), SWEEP_MS);
    void gather();
  }

  function stepDown(): void {
    clearInterval(sweep);
    holder?.close();
    holder = undefined;
  }

  function watch(updates: readonly FeedUpdate[]): void {
    for (const { event } of updates)
      if (event.type === 'state') election.streamIs(event.state.name === 'live');
  }

  function repeat(channel: string | undefined): void {
    if (channel !== undefined) holder?.repeat(channel);
  }

  /** Follows what all tabs want. One look at a time; a call during one leads to another. */
  function gather(): Promise<void> {
    lookAgain = true;
    looking ??= look().finally(() => {
      looking = undefined;
    });
    return looking;
  }

  async function look(): Promise<void> {
    while (lookAgain) {
      lookAgain = false;
      const { held = [] } = await locks.query();
      const channels = held.flatMap(({ name = '' }) =>
        name.startsWith(WANT) ? [name.slice(WANT.length).split('/')[0] ?? ''] : [],
      );
      holder?.follow(new Set(channels), resumePoint);
    }
  }

  /** Notifies the leader, where that is another tab. */
  function changed(channel?: string): void {
    if (holder !== undefined) void gather().then(() => repeat(channel));
    else tabs.post(channel === undefined ? { type: 'wanted' } : { type: 'wanted', channel });
  }

  function want(channel: string): void {
    const hold = () => {
      // It was left before the lock came.
      if (!wants.has(channel)) return;
      changed(channel);
      return new Promise<void>((resolve) => wants.set(channel, resolve));
    };
    wants.set(channel, () => {});
    void locks.request(`${WANT}${channel}/${tab}`, hold).then(() => changed());
  }

  function unwant(channel: string): void {
    wants.get(channel)?.();
    wants.delete(channel);
  }

  join();
  // A page that is kept for going back to holds nothing. The next leader is to find the connection free, the last updates
  // of this one sent, and nothing wanted here any more; and nothing can be sent on a channel that is closed.
  addEventListener('pagehide', () => {
    stepDown();
    for (const release of wants.values()) release();
    election.stop();
    tabs.close();
  });
  addEventListener('pageshow', ({ persisted }) => {
    if (!persisted) return;
    join();
    for (const channel of [...wants.keys()]) want(channel);
  });

  return {
    want,
    unwant,
    renew() {
      if (holder !== undefined) holder.renew();
      else tabs.post({ type: 'renew' });
    },
    note: (note) => tabs.post({ type: 'note', note }),
  };
}
