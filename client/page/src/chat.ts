import type { Author, Carillon, Grants, IdentityKind } from '@carillon/client';
import { createChannelList, type ListedChannel } from './channel-list.ts';
import { type Conversation, createConversation } from './conversation.ts';
import { createDrafts, type Drafts } from './drafts.ts';
import { createOutbox } from './outbox.ts';
import { pathOf, routeOf } from './route.ts';
import { loadSeen, saveSeen } from './seen.ts';
import { loadPerson, savePerson, saveToken } from './session.ts';
import { createStore, type Store } from './state/store.ts';
import { unseen } from './state/timeline.ts';
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
  /** Is from now on whom the token names. */
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
/** A draft is kept when the person pauses, ms. */
const KEEP_DRAFT_MS = 300;

/** @param carillonOf makes a client that speaks for the bearer of a token. */
export function createChat(carillon: Carillon, carillonOf: (token: string) => Carillon): Chat {
  const conversations = new Map<string, Conversation>();
  const session = createStore<Session>({ ...GUEST, ...loadPerson() });
  const me = createStore<Author>(authorOf(session.get()));
  const feed = createFeed(carillon);
  const outbox = createOutbox(carillon, me.get().id);
  let drafts = createDrafts(me.get().id);
  const unsaved = new Map<string, () => void>();
  const list = createChannelList({
    carillon,
    me: () => me.get().id,
    onRead(listed, shown) {
      for (const info of listed) conversations.get(info.channel)?.inform(info);
      feed.note({ type: 'listed', channels: shown });
    },
  });
  const identified = identify();
  const telling = new Map<string, ReturnType<typeof setTimeout>>();
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
      draft: drafts.load(channel),
      saveDraft: (text, replyTo) => keepDraft(drafts, channel, text, replyTo),
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
    const here = loadSeen().get(channel);
    const late = new Promise<undefined>((resolve) => setTimeout(resolve, KNOW_READ_MS));
    const there = await Promise.race([readThere(channel), late]);
    return there === undefined || there === 0 ? here : Math.max(there, here ?? 0);
  }

  async function readThere(channel: string): Promise<number | undefined> {
    await identified;
    const info = await carillon.channelInfo(channel).catch(() => undefined);
    if (info !== undefined) conversations.get(channel)?.inform(info);
    return info?.read;
  }

  function keepDraft(owner: Drafts, channel: string, text: string, replyTo: number | undefined): void {
    const save = () => {
      unsaved.delete(channel);
      owner.save(channel, { text, replyTo });
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
      if (!busy) conversations.delete(channel);
    }
  }

  function noteSeen({ channel, timeline }: Conversation): void {
    const { seen, opened } = timeline.get();
    if (opened && seen !== undefined && (loadSeen().get(channel) ?? -1) < seen) {
      saveSeen(channel, seen);
      tellRead(channel, seen);
    }
    if (!isHere(channel)) return;
    const count = unseen(timeline.get());
    document.title = titleOf(channel, count);
    if (count === 0) list.clear(channel);
  }

  function tellRead(channel: string, seq: number): void {
    if (session.get().kind === 'anonymous') return;
    clearTimeout(telling.get(channel));
    // Nothing waits for it: the next message tells it again.
    const tell = () => void carillon.read(channel, seq).catch(() => undefined);
    telling.set(channel, setTimeout(tell, TELL_READ_MS));
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
  async function identify(takesOver = false): Promise<void> {
    const found = await carillon.session().catch(() => undefined);
    if (found === undefined) return;
    const before = session.get();
    const { expiresAt: _, ...rest } = before;
    session.set({ ...rest, ...found });
    me.set(authorOf(found));
    savePerson(session.get());
    if (found.id === before.id) return;
    for (const save of [...unsaved.values()]) save();
    drafts = createDrafts(found.id);
    outbox.be(found.id, takesOver);
    for (const conversation of conversations.values()) conversation.be(found.id);
    void list.refresh();
  }

  /** Somebody else, or by another name: the stream tells the others who is here. */
  async function identityChanged(takesOver = false): Promise<void> {
    await identify(takesOver);
    feed.renew();
    feed.note({ type: 'identity' });
  }

  feed.onNote((note) => {
    if (note.type === 'identity') void identify();
    else if (note.type === 'reload') location.reload();
    else list.take(note.channels);
  });
  feed.onEvents((channel, events) => {
    if (!isHere(channel)) list.hear(channel, events);
  });
  addEventListener('popstate', move);
  addEventListener('pagehide', () => {
    for (const save of [...unsaved.values()]) save();
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
      await carillonOf(token).session();
      saveToken(token);
      feed.note({ type: 'reload' });
      location.reload();
    },
    async signOut() {
      saveToken(undefined);
      await carillon.signOut();
      feed.note({ type: 'reload' });
      location.reload();
    },
  };
}

function authorOf({ id, name }: Author): Author {
  return { id, name };
}

function titleOf(channel: string, unread: number): string {
  return `${unread > 0 ? `(${unread}) ` : ''}#${channel} · Carillon`;
}
