import { type Author, Carillon } from '@carillon/client';
import { createChannelList, type ListedChannel } from './channel-list.ts';
import { type Conversation, createConversation } from './conversation.ts';
import { createDraftKeeper } from './draft-keeper.ts';
import { createIdentity, type IdentityAnswer, type Session } from './identity.ts';
import { forgetPerson } from './last-person.ts';
import { createOutbox } from './outbox.ts';
import { createReadMarks } from './read-marks.ts';
import { pathOf, routeOf } from './route.ts';
import { unseen } from './state/attention.ts';
import { number } from './state/numbers.ts';
import { createStore, type Store } from './state/store.ts';
import { createFeed } from './tabs/shared-feed.ts';
import { forgetUnsent } from './unsent.ts';

/** All of the page's state that is not of one channel. */
export interface Chat {
  /** For calls that change nothing held here. */
  readonly carillon: Carillon;
  readonly location: Store<PageLocation>;
  readonly session: Store<Session>;
  readonly me: Store<Author>;
  readonly channels: Store<readonly ListedChannel[]>;
  /** Goes to a channel, or to a message in it, in the browser's history too. */
  go(channel: string, seq?: number): void;
  /** Reads the list of channels again. */
  refresh(): Promise<void>;
  /** Sets the display name. Rejects with a CarillonError where the server refuses it. */
  rename(name: string): Promise<void>;
  /**
   * Signs in with a token: the server makes a session of it, and the token is kept nowhere. Rejects with a CarillonError where it is
   * not valid.
   */
  useToken(token: string): Promise<void>;
  signOut(): Promise<void>;
}

/** Where the page is: in a channel, or at an address that names none. */
export type PageLocation = { conversation: Conversation } | { invalid: string };

/** Channels that stay as they were left. */
const KEPT_CONVERSATIONS = 8;

/**
 * The page's state, as the address, the server and the browser's storage have it.
 * @param carillon a client that is identified by the browser's cookie.
 */
export function createChat(carillon: Carillon): Chat {
  const conversations = new Map<string, Conversation>();
  const feed = createFeed(carillon);
  const identity = createIdentity({ carillon, onAnswer: identified, onRenewed: () => feed.renew() });
  const { session, me } = identity;
  const outbox = createOutbox(carillon, me.get().id, identity.recheck);
  const drafts = createDraftKeeper(me.get().id, identity.isConfirmed);
  const readMarks = createReadMarks({
    carillon,
    identity,
    onInfo: (info) => conversations.get(info.channel)?.updateInfo(info),
  });
  const list = createChannelList({
    carillon,
    me: () => me.get().id,
    onRead(listed, shown) {
      for (const info of listed) {
        readMarks.noteRead(info.channel, info.read);
        conversations.get(info.channel)?.updateInfo(info);
      }
      feed.note({ type: 'listed', channels: shown });
    },
  });
  const current = createStore<PageLocation>({ invalid: '' });
  current.set(arrive());

  function arrive(): PageLocation {
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
      seen: () => readMarks.readBefore(channel),
      isKnown: () => session.get().kind !== 'anonymous',
      onUnknown: () => void identity.recheck(),
      draft: drafts.load(channel),
      saveDraft: (draft) => drafts.save(channel, draft),
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
    if (opened && seen !== undefined) readMarks.saw(channel, seen);
    if (!isHere(channel)) return;
    const count = unseen(timeline.get());
    document.title = titleOf(channel, count);
    if (count === 0) list.clear(channel);
  }

  function isHere(channel: string): boolean {
    const here = current.get();
    return 'conversation' in here && here.conversation.channel === channel;
  }

  function move(): void {
    const here = current.get();
    const route = routeOf(location.pathname);
    if ('channel' in route && 'conversation' in here && isHere(route.channel))
      return void show(here.conversation, route.seq);
    if ('conversation' in here) here.conversation.leave();
    const next = arrive();
    current.set(next);
    document.title = 'conversation' in next ? titleOf(next.conversation.channel, 0) : 'Carillon';
  }

  function identified({ id, before, first, takesOver }: IdentityAnswer): void {
    if (id !== before) {
      drafts.setPerson(id, takesOver);
      readMarks.reset();
    }
    // Nothing is sent before the server has said who we are.
    outbox.setPerson(id, takesOver);
    if (id === before) return;
    for (const conversation of conversations.values()) {
      const { channel, composition } = conversation;
      if (takesOver) conversation.setPerson(id, undefined);
      else
        conversation.setPerson(id, first ? drafts.claim(channel, composition.draft) : drafts.load(channel));
    }
    void list.refresh();
  }

  /** Forgets what this person leaves here: the next person at this browser must not find it. */
  function forgetMe(): void {
    drafts.forget();
    forgetUnsent(me.get().id);
    forgetPerson();
  }

  /** Another person, or another name: the stream tells the others who is here. */
  async function identityChanged(takesOver: boolean): Promise<void> {
    await identity.ask(takesOver);
    feed.renew();
    feed.note({ type: 'identity' });
  }

  feed.onNote((note) => {
    if (note.type === 'identity') void identity.ask(session.get().kind === 'anonymous');
    else if (note.type === 'reload') location.reload();
    else list.replace(note.channels);
  });
  feed.onEvents((channel, events) => {
    if (!isHere(channel)) list.addEvents(channel, events);
  });
  addEventListener('popstate', move);
  addEventListener('pagehide', () => {
    drafts.flush();
    readMarks.flush();
  });
  const here = current.get();
  if ('conversation' in here) document.title = titleOf(here.conversation.channel, 0);

  return {
    carillon,
    location: current,
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

function titleOf(channel: string, unread: number): string {
  return `${unread > 0 ? `(${number(unread)}) ` : ''}#${channel} · Carillon`;
}
