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
import { firstSince } from './first-since.ts';
import { momentOfSending, type Outbox } from './outbox.ts';
import { createStore, type Store } from './state/store.ts';
import {
  advance,
  type ChannelChange,
  emptyTimeline,
  hasOlder,
  heldAt,
  isDetached,
  isStale,
  type PagePlace,
  type Pending,
  quoteOf,
  type Timeline,
  type TimelineAction,
} from './state/timeline.ts';
import type { Feed, FeedEvent } from './tabs/feed.ts';

/** What the page shows of a channel. */
export interface Conversation {
  readonly channel: string;
  readonly timeline: Store<Timeline>;
  readonly stream: Store<StreamState>;
  /** Who is here; undefined until that is known. */
  readonly presence: Store<PresenceEvent | undefined>;
  /** What is being read, or could not be. */
  readonly paging: Store<Paging>;
  /** What the channel is about, and who may use it. */
  readonly settings: Store<Settings>;
  /** Who types, without us. */
  readonly typing: Store<readonly Author[]>;
  /** Why the channel may not be read any longer. */
  readonly denied: Store<DeniedEvent | undefined>;
  /** The message that a permalink or a jump led to; another object for each. */
  readonly marked: Store<{ seq: number } | undefined>;
  /** A permalink led to this seq, and there is no such message. */
  readonly missing: Store<number | undefined>;
  /** seq of the message that the keyboard is at. Its row stays drawn. */
  readonly active: Store<number | undefined>;
  /** What was typed and not sent; kept over a reload, as is the seq it answers. */
  draft: string;
  draftReply: number | undefined;
  /** Follows the channel, from where it was left. What it shows is said by one of the calls below. */
  enter(): void;
  leave(): void;
  /** The person who looks is known by another id: their session began, or the server has said who they are. */
  be(me: string): void;
  /** What the list of channels says of this one. */
  inform(info: ChannelInfo & Partial<ChannelListing>): void;
  /** Tells the others that a message is being written; as often as one likes. */
  typed(): void;
  send(body: string, author: Author, replyTo?: number): void;
  retry(key: string): void;
  discard(key: string): void;
  /** Each is shown at once; taken back, and rejected with a CarillonError, where the server refuses it. */
  edit(seq: number, body: string): Promise<void>;
  remove(seq: number): Promise<void>;
  react(seq: number, emoji: string): Promise<void>;
  unreact(seq: number, emoji: string): Promise<void>;
  /** Reads messages that are answered, where they are not at hand. */
  quote(seqs: readonly number[]): void;
  /** Tells what is on screen: whether the newest message is, and whether anyone can see it. */
  look(following: boolean, visible: boolean): void;
  /** Reads messages before or after those that are held; does nothing where there are none, or while it reads. */
  load(direction: Direction): Promise<void>;
  /** Shows the newest messages. */
  toNewest(): Promise<void>;
  /** Shows a message and what was said around it, and marks it. False where there is no such message. */
  toMessage(seq: number): Promise<boolean>;
  /** Shows what was said from a date on. */
  toDate(date: Date): Promise<void>;
}

export type Direction = 'older' | 'newer';
export type Paging = { reading?: Direction; failed?: Direction };

export interface Settings {
  topic?: string;
  archived: boolean;
  visibility: 'public' | 'private';
}

/** What a conversation needs around it. */
export interface Around {
  carillon: Carillon;
  feed: Feed;
  outbox: Outbox;
  /** Who looks. */
  me: () => Author;
  /** seq up to which the channel was read on earlier visits; undefined where it never was. */
  seen: () => Promise<number | undefined>;
  /** Whether the others may be told that we type. */
  isKnown: () => boolean;
  draft: { text: string; replyTo?: number | undefined };
  saveDraft: (text: string, replyTo: number | undefined) => void;
}

/** A first screen and some to scroll. */
const FIRST_MESSAGES = 60;
const PAGE_MESSAGES = 100;
/** What is shown above the message that a jump leads to. */
const ABOVE_JUMP = 30;
const LOG_PAGE = 200;
/** The newest messages are asked for again after this long where they could not be had, ms. */
const AGAIN_MS = 3_000;
/** A page that is out of date when it comes is read again, this often. */
const MAX_STALE = 3;
/** The server forgets who types after a few seconds. */
const TYPING_EVERY_MS = 3_000;

export function createConversation(channel: string, around: Around): Conversation {
  const { carillon, feed, outbox, me } = around;
  const timeline = createStore(emptyTimeline(undefined, me().id));
  const stream = createStore<StreamState>({ name: 'connecting' });
  const presence = createStore<PresenceEvent | undefined>(undefined);
  const paging = createStore<Paging>({});
  const settings = createStore<Settings>({ archived: false, visibility: 'public' });
  const typing = createStore<readonly Author[]>([]);
  const denied = createStore<DeniedEvent | undefined>(undefined);
  const marked = createStore<{ seq: number } | undefined>(undefined);
  const missing = createStore<number | undefined>(undefined);
  const active = createStore<number | undefined>(undefined);
  let unfollow: (() => void) | undefined;
  let settingsAsOf = 0;
  let typedAt = Number.NEGATIVE_INFINITY;
  let { text: draft, replyTo: draftReply } = around.draft;
  const asked = new Set<number>();
  /** What is done to a message is done in order. */
  const deeds = new Map<number, Promise<unknown>>();
  /** Of the last jump; an earlier one that is still being read comes to nothing. */
  let jump = 0;
  /** The newest messages are to be read when what is being read is here, unless another jump comes first: the jump it was. */
  let newestWanted: number | undefined;

  const catchUp = createCatchUp({
    position: () => timeline.get().position,
    read: (after) => carillon.log(channel, { after, limit: LOG_PAGE }),
    onEvents(events) {
      apply({ type: 'received', events });
      for (const event of events)
        if ('type' in event && event.type === 'channel') {
          settingsAsOf = event.seq;
          settings.set({ ...settings.get(), ...settingsIn(event) });
        }
    },
    onLost: (from, head) => apply({ type: 'reset', reset: { reason: 'expired', from, head } }),
    onTooFar() {
      apply({ type: 'skipped' });
      void wantNewest();
    },
  });

  outbox.open(
    channel,
    (fate) => {
      if ('message' in fate) apply({ type: 'answered', message: fate.message });
      else if ('failure' in fate) apply({ type: 'failed', ...fate });
      else apply({ type: 'waits', ...fate });
    },
    ({ channel: _, ...echo }) => apply({ type: 'sent', echo }),
  );

  function apply(action: TimelineAction): void {
    timeline.set(advance(timeline.get(), action));
  }

  function told(event: FeedEvent): void {
    switch (event.type) {
      case 'state':
        stream.set(event.state);
        if (event.state.name !== 'live') break;
        outbox.wake();
        if (paging.get().failed !== undefined) paging.set({});
        if (!timeline.get().opened) void readNewest();
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
        denied.set(event.denied);
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
    asked.clear();
    apply({ type: 'reset', reset: { reason: 'epoch', from, head } });
    void wantNewest();
  }

  /** Reads the newest page, now or after what is being read. */
  async function wantNewest(): Promise<void> {
    if (paging.get().reading === undefined) return readNewest();
    newestWanted = jump;
  }

  /** The first page, or the newest one again. Tried until there is one. Does nothing while a page is read. */
  async function readNewest(): Promise<void> {
    if (paging.get().reading !== undefined) return;
    if (await read('newer', 'newest', FIRST_MESSAGES)) return;
    if (!timeline.get().opened)
      setTimeout(() => void (timeline.get().opened || unfollow === undefined || readNewest()), AGAIN_MS);
  }

  /** Reads a page into the timeline. False where it could not be had. */
  async function read(direction: Direction, at: PagePlace, limit = PAGE_MESSAGES): Promise<boolean> {
    paging.set({ reading: direction });
    const mine = jump;
    try {
      const seen = timeline.get().opened ? undefined : around.seen();
      for (let attempt = 0; attempt < MAX_STALE; attempt++) {
        const [page, seq] = await Promise.all([carillon.page(channel, { ...rangeOf(at), limit }), seen]);
        if (seq !== undefined) apply({ type: 'read', seq });
        // Somebody went elsewhere meanwhile, and is there: this one must not take the window back.
        if (at === 'newest' && mine !== jump && timeline.get().opened) break;
        if (isStale(timeline.get(), page.head)) continue;
        apply({ type: 'paged', at, limit, ...page });
        break;
      }
      paging.set({});
      return true;
    } catch (error) {
      paging.set({ failed: direction });
      if (error instanceof CarillonError && isRefusal(error) && !timeline.get().opened)
        denied.set({ reason: error.code === 'banned' ? 'banned' : 'not_allowed', detail: error.message });
      return false;
    } finally {
      if (newestWanted === jump) void readNewest();
      newestWanted = undefined;
    }
  }

  /** Begins a window at a seq. */
  async function showFrom(seq: number): Promise<boolean> {
    const mine = ++jump;
    const from = Math.max(1, seq - ABOVE_JUMP);
    // The list must not run after the newest message meanwhile.
    apply({ type: 'looked', following: false, visible: timeline.get().visible });
    const done = await read('newer', { from });
    return done && mine === jump;
  }

  async function change(pending: Pending, call: () => Promise<number | undefined>): Promise<void> {
    const { id, target } = pending;
    apply({ type: 'tried', pending });
    const before = deeds.get(target);
    const deed = (before ?? Promise.resolve()).then(call);
    const settled = deed.catch(() => undefined);
    deeds.set(target, settled);
    try {
      apply({ type: 'done', id, seq: await deed });
    } catch (error) {
      apply({ type: 'undone', id });
      throw error;
    } finally {
      if (deeds.get(target) === settled) deeds.delete(target);
    }
  }

  function pendingOn(target: number): Pick<Pending, 'id' | 'target' | 'author' | 'at'> {
    return { id: newKey(), target, author: me(), at: new Date().toISOString() };
  }

  return {
    channel,
    timeline,
    stream,
    presence,
    paging,
    settings,
    typing,
    denied,
    marked,
    missing,
    active,
    get draft() {
      return draft;
    },
    set draft(text) {
      draft = text;
      around.saveDraft(draft, draftReply);
    },
    get draftReply() {
      return draftReply;
    },
    set draftReply(seq) {
      draftReply = seq;
      around.saveDraft(draft, draftReply);
    },
    enter() {
      if (unfollow !== undefined) return;
      unfollow = feed.follow(channel, told);
    },
    leave() {
      unfollow?.();
      unfollow = undefined;
      catchUp.clear();
      typing.set([]);
    },
    be: (id) => apply({ type: 'identified', me: id }),
    inform(info) {
      if (info.head < settingsAsOf) return;
      const { topic, archived = false, visibility = 'public' } = info;
      settings.set({ archived, visibility, ...(topic === undefined ? {} : { topic }) });
    },
    typed() {
      const now = performance.now();
      if (now - typedAt < TYPING_EVERY_MS || !around.isKnown()) return;
      typedAt = now;
      // Nobody waits to hear of it.
      void carillon.typing(channel).catch(() => undefined);
    },
    send(body, author, replyTo) {
      const letter = { key: newKey(), body, author, sentAt: momentOfSending() };
      const echo = replyTo === undefined ? letter : { ...letter, replyTo };
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
    edit: (seq, body) =>
      change({ ...pendingOn(seq), kind: 'edit', body }, async () => {
        const { changed } = await carillon.edit(channel, seq, body);
        return changed;
      }),
    remove: (seq) =>
      change({ ...pendingOn(seq), kind: 'delete' }, async () => {
        await carillon.delete(channel, seq);
        return undefined;
      }),
    react: (seq, emoji) =>
      change({ ...pendingOn(seq), kind: 'reaction', emoji, op: 'add' }, async () => {
        await carillon.react(channel, seq, emoji);
        return undefined;
      }),
    unreact: (seq, emoji) =>
      change({ ...pendingOn(seq), kind: 'reaction', emoji, op: 'remove' }, async () => {
        await carillon.unreact(channel, seq, emoji);
        return undefined;
      }),
    quote(seqs) {
      for (const seq of seqs) {
        if (asked.has(seq) || quoteOf(timeline.get(), seq) !== undefined) continue;
        asked.add(seq);
        void carillon
          .message(channel, seq)
          .then(
            (message) => apply({ type: 'quoted', seq, message }),
            (error: unknown) => {
              if (error instanceof CarillonError && error.status === 404)
                apply({ type: 'quoted', seq, message: undefined });
            },
          )
          .finally(() => asked.delete(seq));
      }
    },
    look: (following, visible) => apply({ type: 'looked', following, visible }),
    async load(direction) {
      const held = timeline.get();
      if (paging.get().reading !== undefined) return;
      if (!held.opened) return readNewest();
      if (direction === 'older' && hasOlder(held)) await read('older', { before: held.from });
      if (direction === 'newer' && isDetached(held)) await read('newer', { after: held.to });
    },
    async toNewest() {
      jump++;
      marked.set(undefined);
      missing.set(undefined);
      apply({ type: 'looked', following: true, visible: timeline.get().visible });
      const held = timeline.get();
      if (!held.opened || isDetached(held)) await wantNewest();
    },
    async toMessage(seq) {
      const isHeld = () => heldAt(timeline.get(), seq) !== undefined;
      // Who has gone elsewhere meanwhile, or hears that nothing can be read, is not told that it is missing.
      if (!isHeld() && !(await showFrom(seq))) return true;
      if (!isHeld()) return false;
      apply({ type: 'looked', following: false, visible: timeline.get().visible });
      missing.set(undefined);
      marked.set({ seq });
      return true;
    },
    async toDate(date) {
      const mine = ++jump;
      const seq = await firstSince(date, (after) => carillon.page(channel, { after, limit: 1 }));
      if (mine !== jump) return;
      if (!(await showFrom(seq))) return;
      const first = timeline.get().messages.find((message) => message.seq >= seq);
      // A list that moved meanwhile, with its end on screen, has said that it follows.
      apply({ type: 'looked', following: false, visible: timeline.get().visible });
      if (first !== undefined) marked.set({ seq: first.seq });
    },
  };
}

function rangeOf(at: PagePlace): { before?: number; after?: number } {
  if (at === 'newest') return {};
  return 'from' in at ? { after: at.from - 1 } : at;
}

function settingsIn({ topic, archived, visibility }: ChannelChange): Partial<Settings> {
  return {
    ...(topic === undefined ? {} : { topic }),
    ...(archived === undefined ? {} : { archived }),
    ...(visibility === undefined ? {} : { visibility }),
  };
}

function isRefusal({ code, status }: CarillonError): boolean {
  return code !== 'unexpected' && [401, 403, 404].includes(status);
}
