import { type Author, Carillon, type Grants, type IdentityKind } from '@carillon/client';
import { createChannelList, type ListedChannel } from './channel-list.ts';
import { type Conversation, createConversation } from './conversation.ts';
import {
  createDrafts,
  type Draft,
  type Drafts,
  forgetDrafts,
  isEmpty,
  joined,
  moveDrafts,
} from './drafts.ts';
import { createOutbox, forgetUnsent } from './outbox.ts';
import { pathOf, routeOf } from './route.ts';
import { loadSeen, saveSeen } from './seen.ts';
import { forgetPerson, loadPerson, savePerson } from './session.ts';
import { unseen } from './state/attention.ts';
import { number } from './state/numbers.ts';
import { createStore, type Store } from './state/store.ts';
import { createFeed } from './tabs/shared-feed.ts';

export type { ListedChannel } from './channel-list.ts';

/** All of the page's state that is not of one channel. */
export interface Chat {
  /** For calls that change nothing held here. */
  readonly carillon: Carillon;
  readonly place: Store<Place>;
  readonly session: Store<Session>;
  readonly me: Store<Author>;
  readonly channels: Store<readonly ListedChannel[]>;
  /** Goes to a channel, or to a message in it, in the browser's history too. */
  go(channel: string, seq?: number): void;
  /** Reads the list of channels anew. */
  refresh(): Promise<void>;
  rename(name: string): Promise<void>;
  /** Is from now on whom the token names: the server makes a session of it, and the token is kept nowhere. */
  useToken(token: string): Promise<void>;
  signOut(): Promise<void>;
}

/** Who the server takes us for, and what it lets us do. */
export interface Session extends Author {
  kind: IdentityKind;
  auth: { mode: 'open' | 'jwt' | 'oidc'; signIn?: string };
  grants: Grants;
  /** ISO 8601. */
  expiresAt?: string;
}

/** Where the page is: in a channel, or at an address that names none. */
export type Place = { conversation: Conversation } | { invalid: string };

const GUEST: Session = {
  id: 'guest',
  name: 'Guest',
  kind: 'anonymous',
  auth: { mode: 'open' },
  grants: { subscribe: ['*'], publish: ['*'], moderate: [] },
};

/** Channels that stay as they were left. */
const KEPT_CONVERSATIONS = 8;
/** How far one has read is told when it stands still for a moment, ms. */
const TELL_READ_MS = 1_000;
/** The first messages do not wait longer than this to know what of them is new, ms. */
const KNOW_READ_MS = 1_500;
/** The server is asked again who one is after this long where it could not say, ms. */
const ASK_AGAIN_MS = 3_000;
/** A stream that is refused though we are who we were is not asked for more often than this, ms. */
const RENEW_EVERY_MS = 30_000;
/** A draft is kept when the person pauses, ms. */
const KEEP_DRAFT_MS = 300;

/** @param carillon a client whose cookie says who one is. */
export function createChat(carillon: Carillon): Chat {
  const conversations = new Map<string, Conversation>();
  const session = createStore<Session>({ ...GUEST, ...loadPerson() });
  const me = createStore<Author>(authorOf(session.get()));
  const feed = createFeed(carillon);
  const outbox = createOutbox(carillon, me.get().id, () => askWho());
  let drafts = createDrafts(me.get().id);
  const unsaved = new Map<string, () => void>();
  /** Channels in which something was typed before the server has said who types. */
  const typedEarly = new Set<string>();
  const list = createChannelList({
    carillon,
    me: () => me.get().id,
    onRead(listed, shown) {
      for (const info of listed) {
        noteRead(info.channel, info.read);
        conversations.get(info.channel)?.inform(info);
      }
      feed.note({ type: 'listed', channels: shown });
    },
  });
  /** seq up to which the server knows a channel to be read, and those that it is about to be told. */
  const knownRead = new Map<string, number>();
  const telling = new Map<string, { seq: number; timer: ReturnType<typeof setTimeout> }>();
  /** Calls that go on when the page goes. */
  const parting = new Carillon({ fetch: (input, init) => fetch(input, { ...init, keepalive: true }) });
  /** The server has said who we are. Until then we are who was here last. */
  let asked = false;
  let asking: Promise<boolean> | undefined;
  let renewedAt = Number.NEGATIVE_INFINITY;
  const identified = identifyAtLast();
  const place = createStore<Place>({ invalid: '' });
  place.set(arrive());

  function arrive(): Place {
    const route = routeOf(location.pathname);
    if ('invalid' in route) return { invalid: route.invalid };
    const { channel, seq } = route;
    if (location.pathname !== pathOf(channel, seq)) history.replaceState(null, '', pathOf(channel, seq));
    const known = conversations.get(channel);
    const conversation = known ?? begin(channel);
    conversations.delete(channel);
    conversations.set(channel, conversation);
    forgetSome();
    conversation.enter();
    void show(conversation, seq);
    return { conversation };
  }

  function begin(channel: string): Conversation {
    const conversation = createConversation(channel, {
      carillon,
      feed,
      outbox,
      me: me.get,
      seen: () => readBefore(channel),
      isKnown: () => session.get().kind !== 'anonymous',
      onUnknown: () => void askWho(),
      draft: drafts.load(channel),
      saveDraft: (draft) => keepDraft(drafts, channel, draft),
    });
    conversation.timeline.follow(() => noteSeen(conversation));
    return conversation;
  }

  async function show(conversation: Conversation, seq: number | undefined): Promise<void> {
    if (seq === undefined) return conversation.toNewest();
    if (await conversation.toMessage(seq)) return;
    await conversation.toNewest();
    conversation.missing.set(seq);
  }

  /** seq up to which a channel was read on earlier visits, on any device where the server knows who reads. */
  async function readBefore(channel: string): Promise<number | undefined> {
    const late = new Promise<undefined>((resolve) => setTimeout(resolve, KNOW_READ_MS));
    const there = await Promise.race([readThere(channel), late]);
    const here = loadSeen(me.get().id).get(channel);
    return there === undefined || there === 0 ? here : Math.max(there, here ?? 0);
  }

  async function readThere(channel: string): Promise<number | undefined> {
    await identified;
    const info = await carillon.channelInfo(channel).catch(() => undefined);
    if (info === undefined) return undefined;
    noteRead(channel, info.read);
    conversations.get(channel)?.inform(info);
    return info.read;
  }

  function keepDraft(owner: Drafts, channel: string, draft: Draft): void {
    if (!asked) typedEarly.add(channel);
    const save = () => {
      unsaved.delete(channel);
      owner.save(channel, draft);
    };
    unsaved.set(channel, save);
    setTimeout(() => {
      // Otherwise more was typed since.
      if (unsaved.get(channel) === save) save();
    }, KEEP_DRAFT_MS);
  }

  function forgetSome(): void {
    for (const [channel, conversation] of conversations) {
      if (conversations.size <= KEPT_CONVERSATIONS) return;
      // What is not sent yet has to be seen to be sent, or to be given up.
      const busy = conversation.timeline.get().echoes.length > 0 || isHere(channel);
      if (busy) continue;
      conversation.close();
      conversations.delete(channel);
    }
  }

  function noteSeen({ channel, timeline }: Conversation): void {
    const { seen, opened } = timeline.get();
    if (opened && seen !== undefined) {
      const { id } = me.get();
      if ((loadSeen(id).get(channel) ?? -1) < seen) saveSeen(id, channel, seen);
      tellRead(channel, seen);
    }
    if (!isHere(channel)) return;
    const count = unseen(timeline.get());
    document.title = titleOf(channel, count);
    if (count === 0) list.clear(channel);
  }

  function tellRead(channel: string, seq: number): void {
    if (session.get().kind === 'anonymous') return;
    const pending = telling.get(channel);
    if (seq <= Math.max(knownRead.get(channel) ?? 0, pending?.seq ?? 0)) return;
    clearTimeout(pending?.timer);
    telling.set(channel, { seq, timer: setTimeout(() => void tell(carillon, channel, seq), TELL_READ_MS) });
  }

  async function tell(by: Carillon, channel: string, seq: number): Promise<void> {
    telling.delete(channel);
    const { id } = me.get();
    try {
      await by.read(channel, seq);
      if (id === me.get().id) noteRead(channel, seq);
    } catch {
      // Nothing waits for it: the next message tells it again.
    }
  }

  function noteRead(channel: string, seq: number | undefined): void {
    if (seq !== undefined) knownRead.set(channel, Math.max(seq, knownRead.get(channel) ?? 0));
  }

  function isHere(channel: string): boolean {
    const here = place.get();
    return 'conversation' in here && here.conversation.channel === channel;
  }

  function move(): void {
    const here = place.get();
    const route = routeOf(location.pathname);
    if ('channel' in route && 'conversation' in here && isHere(route.channel))
      return void show(here.conversation, route.seq);
    if ('conversation' in here) here.conversation.leave();
    const next = arrive();
    place.set(next);
    document.title = 'conversation' in next ? titleOf(next.conversation.channel, 0) : 'Carillon';
  }

  /** Asks the server who we are. */
  async function identify(takesOver = false): Promise<boolean> {
    const found = await carillon.session().catch(() => undefined);
    if (found === undefined) return false;
    const before = session.get();
    if (!asked && !takesOver && before.id !== GUEST.id && found.id !== before.id) {
      // What is shown is another's: their name, and what they typed and did not send.
      forgetPerson();
      location.reload();
      return true;
    }
    const first = !asked;
    const early = drafts;
    asked = true;
    const { expiresAt: _, ...rest } = before;
    session.set({ ...rest, ...found });
    me.set(authorOf(found));
    savePerson(session.get());
    if (found.id !== before.id) {
      saveDrafts();
      if (takesOver) moveDrafts(before.id, found.id);
      drafts = createDrafts(found.id);
      for (const { timer } of telling.values()) clearTimeout(timer);
      telling.clear();
      knownRead.clear();
    }
    outbox.be(found.id, takesOver);
    if (found.id === before.id) return true;
    for (const conversation of conversations.values()) {
      const left = drafts.load(conversation.channel);
      if (takesOver) conversation.be(found.id, undefined);
      else conversation.be(found.id, first ? takeEarly(conversation, early, left) : left);
    }
    void list.refresh();
    return true;
  }

  /**
   * What was typed before the server has said who types is theirs, also where they had left something, and nobody else finds
   * it. Gives what is theirs now, undefined where that is on screen.
   */
  function takeEarly({ channel, composition }: Conversation, early: Drafts, left: Draft): Draft | undefined {
    if (!isEmpty(left) && !typedEarly.has(channel)) return left;
    const theirs = joined(left, composition.draft);
    early.save(channel, { text: '' });
    drafts.save(channel, theirs);
    return isEmpty(left) ? undefined : theirs;
  }

  /**
   * Who we were has come to an end, as it seems: asks who we are now. Says whether we are still the same, undefined where the
   * server does not answer.
   */
  async function askWho(): Promise<boolean | undefined> {
    asking ??= identify().finally(() => {
      asking = undefined;
    });
    const before = session.get();
    if (!(await asking)) return undefined;
    const { id, kind, auth } = session.get();
    // Who has to sign in again may not read before that.
    const mayRead = kind !== 'anonymous' || auth.mode === 'open';
    const now = performance.now();
    if (mayRead && (id !== before.id || now - renewedAt > RENEW_EVERY_MS)) {
      renewedAt = now;
      feed.renew();
    }
    return id === before.id;
  }

  /** Nothing is sent before the server has said who we are. */
  async function identifyAtLast(): Promise<void> {
    while (!(await identify())) await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }

  function saveDrafts(): void {
    for (const save of [...unsaved.values()]) save();
  }

  /** What one leaves here is not for who comes next. */
  function forgetMe(): void {
    const { id } = me.get();
    unsaved.clear();
    forgetDrafts(id);
    forgetUnsent(id);
    forgetPerson();
  }

  /** Somebody else, or by another name: the stream tells the others who is here. */
  async function identityChanged(takesOver = false): Promise<void> {
    await identify(takesOver);
    feed.renew();
    feed.note({ type: 'identity' });
  }

  feed.onNote((note) => {
    if (note.type === 'identity') void identify(session.get().kind === 'anonymous');
    else if (note.type === 'reload') location.reload();
    else list.take(note.channels);
  });
  feed.onEvents((channel, events) => {
    if (!isHere(channel)) list.hear(channel, events);
  });
  // Who signed in in another tab, by the way of a provider, is signed in here too.
  document.addEventListener('visibilitychange', () => {
    const { kind, auth } = session.get();
    if (!document.hidden && asked && kind === 'anonymous' && auth.mode !== 'open') void askWho();
  });
  addEventListener('popstate', move);
  addEventListener('pagehide', () => {
    saveDrafts();
    for (const [channel, { seq, timer }] of telling) {
      clearTimeout(timer);
      void tell(parting, channel, seq);
    }
  });
  const here = place.get();
  if ('conversation' in here) document.title = titleOf(here.conversation.channel, 0);

  return {
    carillon,
    place,
    session,
    me,
    channels: list.channels,
    refresh: list.refresh,
    go(channel, seq) {
      const path = pathOf(channel, seq);
      if (location.pathname !== path) history.pushState(null, '', path);
      move();
    },
    async rename(name) {
      await carillon.rename(name);
      await identityChanged(session.get().kind === 'anonymous');
    },
    async useToken(token) {
      await new Carillon({ token }).signIn();
      feed.note({ type: 'reload' });
      location.reload();
    },
    async signOut() {
      let next: string | undefined;
      try {
        ({ next } = await carillon.signOut());
        forgetMe();
      } finally {
        feed.note({ type: 'reload' });
        if (next === undefined) location.reload();
        else location.assign(next);
      }
    },
  };
}

function authorOf({ id, name }: Author): Author {
  return { id, name };
}

function titleOf(channel: string, unread: number): string {
  return `${unread > 0 ? `(${number(unread)}) ` : ''}#${channel} · Carillon`;
}
