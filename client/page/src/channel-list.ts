import type { Carillon, ChannelListing, LogEvent, Message } from '@carillon/client';
import { loadSeen } from './seen.ts';
import { createStore, type Store } from './state/store.ts';

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

export interface ChannelListStore {
  readonly channels: Store<readonly ListedChannel[]>;
  /** Reads it again. */
  refresh(): Promise<void>;
  /** Another tab has read it. */
  replace(channels: readonly ListedChannel[]): void;
  /** Takes events of the stream, before the list is read again. */
  addEvents(channel: string, events: readonly LogEvent[]): void;
  /** A channel was read to its end. */
  clear(channel: string): void;
}

/** A list that is this old is not wrong enough to matter. */
const LIST_EVERY_MS = 15_000;
/** More than this many channels are found by name. */
const LISTED_CHANNELS = 100;
const SHOWN_LAST = 200;

export interface ChannelListOptions {
  carillon: Carillon;
  /** Id of the person at the page. */
  me: () => string;
  /** The list was read here. */
  onRead: (listed: readonly ChannelListing[], shown: readonly ListedChannel[]) => void;
}

/** The channels there are. Read by one tab for all, while somebody looks at one of them or wants to be notified. */
export function createChannelList({ carillon, me, onRead }: ChannelListOptions): ChannelListStore {
  const channels = createStore<readonly ListedChannel[]>([]);
  let readAt = Number.NEGATIVE_INFINITY;

  async function refresh(): Promise<void> {
    readAt = performance.now();
    const listed = await carillon.channels({ limit: LISTED_CHANNELS }).catch(() => undefined);
    if (listed === undefined) return;
    const seen = loadSeen(me());
    const shown = listed.channels.map((each) => shownOf(each, seen));
    channels.set(shown);
    onRead(listed.channels, shown);
  }

  /** Guests without a name share an id. */
  const isByOthers = (id: string) => id !== me() || id === 'guest';

  function change(channel: string, how: (listed: ListedChannel) => ListedChannel): void {
    const before = channels.get();
    const after = before.map((each) => (each.channel === channel ? how(each) : each));
    if (after.some((each, index) => each !== before[index])) channels.set(after);
  }

  const isWanted = () => !document.hidden || wantsNotifications();
  const refreshIfOld = () => {
    if (isWanted() && performance.now() - readAt >= LIST_EVERY_MS) void refresh();
  };
  document.addEventListener('visibilitychange', refreshIfOld);
  // Tabs are not to ask all at once: the first asks for all.
  setInterval(refreshIfOld, LIST_EVERY_MS / 4 + Math.random() * 1_000);
  void refresh();

  return {
    channels,
    refresh,
    replace(shown) {
      readAt = performance.now();
      channels.set(shown);
    },
    addEvents(channel, events) {
      const last = events.findLast((event): event is Message => !('type' in event));
      if (last === undefined) return;
      const others = events.filter(
        (event) => !('type' in event) && isByOthers(event.author.id) && event.deletedAt === undefined,
      );
      change(channel, (listed) =>
        last.seq <= (listed.last?.seq ?? 0)
          ? listed
          : {
              ...listed,
              last: { ...last, body: last.body.slice(0, SHOWN_LAST) },
              unread: listed.unread + others.filter(({ seq }) => seq > (listed.last?.seq ?? 0)).length,
            },
      );
    },
    clear(channel) {
      change(channel, (listed) =>
        listed.unread === 0 && listed.mentions === 0 ? listed : { ...listed, unread: 0, mentions: 0 },
      );
    },
  };
}

/** Without an identity, the browser alone knows how far a channel was read. */
function shownOf(listed: ChannelListing, seen: ReadonlyMap<string, number>): ListedChannel {
  const { channel, head, topic, visibility = 'public', archived = false, last } = listed;
  const here = Math.max(0, head - (seen.get(channel) ?? head));
  return {
    channel,
    unread: listed.unread ?? here,
    mentions: listed.mentions ?? 0,
    visibility,
    archived,
    ...(topic === undefined ? {} : { topic }),
    ...(last === undefined ? {} : { last }),
  };
}

/** Whether the person asked to be notified of messages while the page is in the background. */
function wantsNotifications(): boolean {
  try {
    return localStorage.getItem('carillon.notify') === 'on';
  } catch {
    return false;
  }
}
