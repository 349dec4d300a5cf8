import { useEffect } from 'preact/hooks';
import type { ListedChannel } from '../channel-list.ts';
import type { Chat } from '../chat.ts';
import { nameInWords } from './person-name.tsx';

/** `forbidden`: the browser was told never to allow it. */
export type NotificationState = 'on' | 'off' | 'forbidden' | 'impossible';

const STORAGE_KEY = 'carillon.notify';
/** How much of a message a notification shows, characters. */
const EXCERPT = 140;
/** How often the list of channels is read while nobody looks, milliseconds: a browser slows timers of hidden pages anyway. */
const LIST_EVERY_MS = 20_000;

export const notifications = {
  state(): NotificationState {
    if (!('Notification' in globalThis)) return 'impossible';
    if (Notification.permission === 'denied') return 'forbidden';
    return Notification.permission === 'granted' && isWanted() ? 'on' : 'off';
  },
  async turnOn(): Promise<NotificationState> {
    await Notification.requestPermission();
    want(Notification.permission === 'granted');
    return notifications.state();
  },
  turnOff(): Promise<NotificationState> {
    want(false);
    return Promise.resolve(notifications.state());
  },
};

/** Notifies of what comes while the page is hidden: mentions anywhere, and new messages of the channels. */
export function useNotifications(chat: Chat): void {
  useEffect(() => {
    let before = byName(chat.channels.get());
    const stopFollowing = chat.channels.follow(() => {
      const now = chat.channels.get();
      if (document.hidden && notifications.state() === 'on')
        for (const channel of now) if (isMore(channel, before.get(channel.channel))) notify(chat, channel);
      before = byName(now);
    });
    const timer = setInterval(() => {
      if (document.hidden && notifications.state() === 'on') void chat.refresh();
    }, LIST_EVERY_MS);
    return () => {
      stopFollowing();
      clearInterval(timer);
    };
  }, []);
}

function byName(channels: readonly ListedChannel[]): Map<string, ListedChannel> {
  return new Map(channels.map((channel) => [channel.channel, channel]));
}

function isMore({ unread, mentions }: ListedChannel, before: ListedChannel | undefined): boolean {
  return unread > (before?.unread ?? 0) || mentions > (before?.mentions ?? 0);
}

function notify(chat: Chat, { channel, mentions, last }: ListedChannel): void {
  const named = mentions > 0 ? 'You were mentioned in' : 'New message in';
  const body = last === undefined ? '' : `${nameInWords(last.author)}: ${last.body.slice(0, EXCERPT)}`;
  // Several tabs notify of the same channel: with one tag they are one.
  const shown = new Notification(`${named} #${channel}`, { body, tag: `carillon ${channel}` });
  shown.onclick = () => {
    focus();
    chat.go(channel);
    shown.close();
  };
}

function isWanted(): boolean {
  try {
    return localStorage.getItem(STORAGE_KEY) === 'on';
  } catch {
    return false;
  }
}

function want(wanted: boolean): void {
  try {
    if (wanted) localStorage.setItem(STORAGE_KEY, 'on');
    else localStorage.removeItem(STORAGE_KEY);
  } catch {
    // Nothing is kept here: then there are none.
  }
}
