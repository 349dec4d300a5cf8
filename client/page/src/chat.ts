import {
  type Author,
  type Carillon,
  CarillonError,
  type ChannelListing,
  type Grants,
  type IdentityKind,
  type Message,
} from '@carillon/client';
import { type Conversation, createConversation } from './conversation.ts';
import { pathOf, routeOf } from './route.ts';
import { loadSeen, saveSeen } from './seen.ts';
import { createStore, type Store } from './state/store.ts';
import { unseen } from './state/timeline.ts';

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

export interface ListedChannel {
  channel: string;
  /** Messages since it was last read; 0 where it never was. */
  unread: number;
  /** How many of them name us. */
  mentions: number;
  topic?: string;
  visibility: 'public' | 'private';
  archived: boolean;
  /** The newest message, its text cut short. */
  last?: Message;
}

const GUEST: Session = {
  id: 'guest',
  name: 'Guest',
  kind: 'anonymous',
  auth: { mode: 'open' },
  grants: { subscribe: ['*'], publish: ['*'], moderate: [] },
};

/** A list that is this old is not wrong enough to matter. */
const LIST_EVERY_MS = 15_000;
/** More than this many channels are found by name. */
const LISTED_CHANNELS = 100;
/** Channels that stay as they were left. */
const KEPT_CONVERSATIONS = 8;

export function createChat(carillon: Carillon): Chat {
  const conversations = new Map<string, Conversation>();
  const session = createStore(GUEST);
  const me = createStore<Author>(GUEST);
  const channels = createStore<readonly ListedChannel[]>([]);
  const place = createStore(arrive());

  function arrive(): Place {
    const route = routeOf(location.pathname);
    if ('invalid' in route) return { invalid: route.invalid };
    if (location.pathname !== pathOf(route.channel)) history.replaceState(null, '', pathOf(route.channel));
    const { channel } = route;
    const known = conversations.get(channel);
    const conversation = known ?? createConversation(carillon, channel, loadSeen().get(channel));
    if (known === undefined) conversation.timeline.follow(() => noteSeen(conversation));
    conversations.delete(channel);
    conversations.set(channel, conversation);
    forgetSome();
    conversation.enter();
    void conversation.toNewest();
    return { conversation };
  }

  function forgetSome(): void {
    for (const [channel, conversation] of conversations) {
      if (conversations.size <= KEPT_CONVERSATIONS) return;
      // What is not sent yet has to be seen to be sent, or to be given up.
      const busy = conversation.timeline.get().echoes.length > 0 || conversation.draft !== '';
      if (!busy) conversations.delete(channel);
    }
  }

  function noteSeen({ channel, timeline }: Conversation): void {
    const { seen, opened } = timeline.get();
    if (opened && seen !== undefined) saveSeen(channel, seen);
    if (isHere(channel)) document.title = titleOf(channel, unseen(timeline.get()));
  }

  function isHere(channel: string): boolean {
    const here = place.get();
    return 'conversation' in here && here.conversation.channel === channel;
  }

  function move(): void {
    const here = place.get();
    if ('conversation' in here) here.conversation.leave();
    const next = arrive();
    place.set(next);
    document.title = 'conversation' in next ? titleOf(next.conversation.channel, 0) : 'Carillon';
    void list();
  }

  async function list(): Promise<void> {
    const listed = await carillon.channels({ limit: LISTED_CHANNELS }).catch(() => undefined);
    if (listed === undefined) return;
    const seen = loadSeen();
    const unread = ({ channel, head }: ChannelListing) => Math.max(0, head - (seen.get(channel) ?? head));
    channels.set(
      listed.channels.map((each) => ({
        channel: each.channel,
        unread: unread(each),
        mentions: 0,
        visibility: 'public',
        archived: false,
      })),
    );
  }

  async function identify(): Promise<void> {
    const found = await carillon.session().catch(() => undefined);
    if (found === undefined) return;
    session.set({ ...GUEST, ...found });
    me.set({ id: found.id, name: found.name });
  }

  addEventListener('popstate', move);
  document.addEventListener('visibilitychange', () => void (document.hidden || list()));
  setInterval(() => void (document.hidden || list()), LIST_EVERY_MS);
  void list();
  void identify();
  const here = place.get();
  if ('conversation' in here) document.title = titleOf(here.conversation.channel, 0);

  return {
    carillon,
    place,
    session,
    me,
    channels,
    refresh: list,
    useToken: () => Promise.reject(new CarillonError('not_configured', 'There is no sign-in by token yet')),
    signOut: () => Promise.reject(new CarillonError('not_configured', 'There is no sign-out yet')),
    go(channel) {
      if (isHere(channel)) return;
      history.pushState(null, '', pathOf(channel));
      move();
    },
    async rename(name) {
      await carillon.rename(name);
      await identify();
      // The stream was opened as somebody else: that is who the others see here.
      const here = place.get();
      if (!('conversation' in here)) return;
      here.conversation.leave();
      here.conversation.enter();
    },
  };
}

function titleOf(channel: string, unread: number): string {
  return `${unread > 0 ? `(${unread}) ` : ''}#${channel} · Carillon`;
}
