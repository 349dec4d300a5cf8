import {
  type Author,
  type Carillon,
  CarillonError,
  type ChannelInfo,
  type ChannelListing,
  type DeniedEvent,
  newKey,
  type PresenceEvent,
  type StreamState,
} from '@carillon/client';
import { createCatchUp } from './catch-up.ts';
import { type Composition, createComposition } from './composition.ts';
import type { Draft } from './drafts.ts';
import { errorText } from './error-text.ts';
import { createMessageActions, type MessageActions } from './message-actions.ts';
import type { Outbox } from './outbox.ts';
import { momentOfSending } from './outgoing-message.ts';
import { createPins, type Pins } from './pins.ts';
import { createReader, type Reading } from './reading.ts';
import { advance, type TimelineAction } from './state/advance.ts';
import { createStore, type Store } from './state/store.ts';
import { type ChannelChange, emptyTimeline, type Timeline } from './state/timeline.ts';
import type { Feed, FeedEvent } from './tabs/feed.ts';

/** What the page shows of a channel. */
export interface Conversation extends Reading, Omit<MessageActions, 'edit'>, Pins {
  readonly channel: string;
  readonly timeline: Store<Timeline>;
  readonly stream: Store<StreamState>;
  /** The people on the channel; undefined until that is known. */
  readonly presence: Store<PresenceEvent | undefined>;
  /** What the channel is about, and who may use it. */
  readonly settings: Store<Settings>;
  /** The people who are typing, without the person here. */
  readonly typing: Store<readonly Author[]>;
  /** Why the channel may not be read any longer. */
  readonly denied: Store<DeniedEvent | undefined>;
  /** seq of the message that the keyboard is at. Its row stays drawn. */
  readonly active: Store<number | undefined>;
  /** What is being written; kept over a reload. */
  readonly composition: Composition;
  /** Follows the channel, from where it was left. What it shows is said by one of the calls of {@link Reading}. */
  enter(): void;
  leave(): void;
  /** It is not shown any more, and is not notified of anything. */
  close(): void;
  /** Another person is here, and left this draft; without one they are the same under another id, such as a guest who took a name. */
  setPerson(me: string, draft: Draft | undefined): void;
  /** What the list of channels says of this one. */
  updateInfo(info: ChannelInfo & Partial<ChannelListing>): void;
  /** Tells the others that a message is being written; may be called for each key. */
  typed(): void;
  send(body: string, author: Author, replyTo?: number): void;
  retry(key: string): void;
  discard(key: string): void;
  /**
   * Gives a message another text, shown at once. Where that fails, its form opens again with the text and the reason; where the message
   * is gone, it rejects and the text is dropped.
   */
  edit(seq: number, body: string): Promise<void>;
  /** Tells what is on screen: whether the newest message is, and whether anyone can see it. */
  look(following: boolean, visible: boolean): void;
}

export interface Settings {
  topic?: string;
  archived: boolean;
  visibility: 'public' | 'private';
}

/** What a conversation needs dependencies it. */
export interface ConversationDependencies {
  carillon: Carillon;
  feed: Feed;
  outbox: Outbox;
  /** The person at the page. */
  me: () => Author;
  /** seq up to which the channel was read on earlier visits; undefined where it never was. */
  seen: () => Promise<number | undefined>;
  /** Whether the others may be told that we type. */
  isKnown: () => boolean;
  /** The session has ended, as it seems. */
  onUnknown: () => void;
  draft: Draft;
  saveDraft: (draft: Draft) => void;
}

const LOG_PAGE = 200;
/** The server forgets who types after a few seconds. */
const TYPING_EVERY_MS = 3_000;

/**
 * A conversation that follows nothing yet: see {@link Conversation.enter}.
 * @param channel its name, which the caller has checked.
 */
export function createConversation(channel: string, dependencies: ConversationDependencies): Conversation {
  const { carillon, feed, outbox, me } = dependencies;
  const timeline = createStore(emptyTimeline(undefined, me().id));
  const stream = createStore<StreamState>({ name: 'connecting' });
  const presence = createStore<PresenceEvent | undefined>(undefined);
  const settings = createStore<Settings>({ archived: false, visibility: 'public' });
  const typing = createStore<readonly Author[]>([]);
  const denied = createStore<DeniedEvent | undefined>(undefined);
  const active = createStore<number | undefined>(undefined);
  const composition = createComposition(dependencies.draft, dependencies.saveDraft);
  let unfollow: (() => void) | undefined;
  let settingsAsOf = 0;
  let typedAt = Number.NEGATIVE_INFINITY;

  const catchUp = createCatchUp({
    position: () => timeline.get().position,
    read: (after) => carillon.log(channel, { after, limit: LOG_PAGE }),
    onEvents(events) {
      apply({ type: 'received', events });
      heard(events);
      for (const event of events)
        if ('type' in event && event.type === 'channel') {
          settingsAsOf = event.seq;
          settings.set({ ...settings.get(), ...settingsIn(event) });
        }
    },
    onLost: (from, head) => apply({ type: 'reset', reset: { reason: 'expired', from, head } }),
    onTooFar() {
      apply({ type: 'skipped' });
      readPins();
      void reader.wantNewest();
    },
  });
  const { wantNewest, wake, clear, ...reading } = createReader({
    channel,
    carillon,
    timeline,
    apply,
    seen: dependencies.seen,
    onDenied: refused,
    isOpen: () => unfollow !== undefined,
  });
  const reader = { wantNewest, wake, clear };
  const { heard, read: readPins, ...pins } = createPins(channel, carillon);
  const actions = createMessageActions({ channel, carillon, me, apply });

  const close = outbox.open(
    channel,
    (result) => {
      if ('message' in result) apply({ type: 'answered', message: result.message });
      else if ('failure' in result) apply({ type: 'failed', ...result });
      else if ('left' in result) apply({ type: 'discarded', key: result.key });
      else apply({ type: 'waits', ...result });
    },
    ({ channel: _, ...echo }) => apply({ type: 'sent', echo }),
  );

  function apply(action: TimelineAction): void {
    timeline.set(advance(timeline.get(), action));
  }

  function refused(event: DeniedEvent): void {
    denied.set(event);
    if (event.reason === 'expired' || event.reason === 'revoked') dependencies.onUnknown();
  }

  function onFeedEvent(event: FeedEvent): void {
    switch (event.type) {
      case 'state':
        stream.set(event.state);
        if (event.state.name !== 'live') break;
        outbox.wake();
        reader.wake();
        break;
      case 'open':
        denied.set(undefined);
        apply({ ...event, type: 'opened' });
        // It is another log, and a shorter one, though nobody said so.
        if (event.head < (timeline.get().position ?? 0)) beginAnew(event.from, event.head);
        else catchUp.begins(event.from);
        break;
      case 'events':
        catchUp.take(event.events);
        break;
      case 'reset':
        reset(event.reset);
        break;
      case 'presence':
        presence.set(event.presence);
        break;
      case 'typing':
        typing.set(event.people.filter(({ id }) => id !== me().id));
        break;
      case 'denied':
        refused(event.denied);
        stream.set({ name: 'denied' });
    }
  }

  function reset({ reason, from, head }: { reason: string; from: number; head: number }): void {
    if (reason === 'epoch' || reason === 'ahead') beginAnew(from, head);
    else if (reason === 'expired') apply({ type: 'reset', reset: { reason, from, head } });
    // The cursor was of no use, and nothing is lost: it is in the log.
    else catchUp.begins(from);
  }

  function beginAnew(from: number, head: number): void {
    catchUp.clear();
    reader.clear();
    readPins();
    apply({ type: 'reset', reset: { reason: 'epoch', from, head } });
    void reader.wantNewest();
  }

  return {
    channel,
    timeline,
    stream,
    presence,
    settings,
    typing,
    denied,
    active,
    composition,
    ...reading,
    ...actions,
    ...pins,
    enter() {
      if (unfollow !== undefined) return;
      unfollow = feed.follow(channel, onFeedEvent);
      readPins();
    },
    leave() {
      unfollow?.();
      unfollow = undefined;
      catchUp.clear();
      typing.set([]);
    },
    close,
    setPerson(id, draft) {
      apply({ type: 'identified', me: id });
      if (draft !== undefined) composition.become(draft);
    },
    updateInfo(info) {
      if (info.head < settingsAsOf) return;
      const { topic, archived = false, visibility = 'public' } = info;
      settings.set({ archived, visibility, ...(topic === undefined ? {} : { topic }) });
    },
    typed() {
      const now = performance.now();
      if (now - typedAt < TYPING_EVERY_MS || !dependencies.isKnown()) return;
      typedAt = now;
      // Nobody waits to hear of it.
      void carillon.typing(channel).catch(() => undefined);
    },
    send(body, author, replyTo) {
      const message = { key: newKey(), body, author, sentAt: momentOfSending() };
      const echo = replyTo === undefined ? message : { ...message, replyTo };
      typedAt = Number.NEGATIVE_INFINITY;
      apply({ type: 'sent', echo });
      outbox.post({ channel, ...echo });
    },
    retry(key) {
      apply({ type: 'retried', key });
      outbox.retry(channel, key);
    },
    discard(key) {
      apply({ type: 'discarded', key });
      outbox.discard(channel, key);
    },
    async edit(seq, body) {
      composition.keepEdit(seq, body);
      composition.editing.set(undefined);
      try {
        await actions.edit(seq, body);
        if (composition.editOf(seq) === body) composition.keepEdit(seq, undefined);
      } catch (error) {
        if (error instanceof CarillonError && error.status === 401) dependencies.onUnknown();
        if (isGone(error)) {
          composition.keepEdit(seq, undefined);
          throw error;
        }
        // Unless another is being written: then it is there when this message is changed again.
        if (composition.editing.get() === undefined)
          composition.editing.set({ seq, fault: `${errorText(error)}. Your edit is not saved.` });
        else throw error;
      }
    },
    look: (following, visible) => apply({ type: 'looked', following, visible }),
  };
}

/** There is no message any more that could be given another text. */
function isGone(error: unknown): boolean {
  return error instanceof CarillonError && (error.code === 'deleted' || error.code === 'not_found');
}

function settingsIn({ topic, archived, visibility }: ChannelChange): Partial<Settings> {
  return {
    ...(topic === undefined ? {} : { topic }),
    ...(archived === undefined ? {} : { archived }),
    ...(visibility === undefined ? {} : { visibility }),
  };
}
