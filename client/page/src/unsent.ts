import { newKey } from '@carillon/client';
import { keptItems } from './kept-items.ts';
import type { OutgoingMessage } from './outgoing-message.ts';

/** One person's messages that are not sent yet, kept by the browser over a reload. */
export interface Unsent {
  keep(message: OutgoingMessage): void;
  forget(message: OutgoingMessage): void;
  /**
   * Takes over the messages of this tab before a reload, and those of tabs that are gone: in the order in which they were sent.
   * @param alive ids of the tabs that are there, which {@link aliveTabs} gives.
   */
  adopt(alive: ReadonlySet<string>): OutgoingMessage[];
}

/** Of one person, in all channels; more than that is sent all the same, but not kept over a reload. */
const BOUNDS = { items: 200, length: 1_500_000 };
const OUT = 'out';
const TAB_LOCK = 'carillon.tab/';
const TAB_KEY = 'carillon.tab';

interface KeptMessage extends OutgoingMessage {
  /** The tab that sends it. */
  tab: string;
}

/**
 * @param person id of the author.
 * @param tab id of this tab, which {@link holdTab} gives.
 */
export function createUnsent(person: string, tab: string): Unsent {
  const kept = keptItems(OUT, person, BOUNDS);

  function keep(message: OutgoingMessage): void {
    kept.keep(nameOf(message), JSON.stringify({ ...message, tab }));
  }

  return {
    keep,
    forget: (message) => kept.forget(nameOf(message)),
    adopt(alive) {
      const found: OutgoingMessage[] = [];
      for (const [name, text] of kept.all()) {
        const message = parsed(text);
        if (message === undefined) kept.forget(name);
        else if (message.tab === tab || !alive.has(message.tab)) {
          const { tab: owner, ...rest } = message;
          if (owner !== tab) keep(rest);
          found.push(rest);
        }
      }
      return found;
    },
  };
}

/** Forgets what this person has not sent. */
export function forgetUnsent(person: string): void {
  const kept = keptItems(OUT, person, BOUNDS);
  for (const [name] of kept.all()) kept.forget(name);
}

/** Shows other tabs that this one is there, as long as it is. Gives its id, which stays the same over its reloads. */
export function holdTab(): string {
  const tab = tabId();
  if ('locks' in navigator) void navigator.locks.request(TAB_LOCK + tab, () => new Promise(() => {}));
  return tab;
}

function tabId(): string {
  try {
    const id = sessionStorage.getItem(TAB_KEY) ?? newKey();
    sessionStorage.setItem(TAB_KEY, id);
    return id;
  } catch {
    return newKey();
  }
}

/** Ids of the tabs that are open in this browser; empty where it has no Web Locks. */
export async function aliveTabs(): Promise<ReadonlySet<string>> {
  if (!('locks' in navigator)) return new Set();
  const { held = [] } = await navigator.locks.query();
  return new Set(
    held.flatMap(({ name = '' }) => (name.startsWith(TAB_LOCK) ? [name.slice(TAB_LOCK.length)] : [])),
  );
}

/** The names stand in the order of the messages. */
function nameOf({ sentAt, key }: OutgoingMessage): string {
  return `${sentAt} ${key}`;
}

function parsed(text: string): KeptMessage | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isMessage =
      typeof value === 'object' &&
      value !== null &&
      ['channel', 'key', 'body', 'sentAt', 'tab'].every(
        (name) => name in value && typeof (value as Record<string, unknown>)[name] === 'string',
      );
    return isMessage ? (value as KeptMessage) : undefined;
  } catch {
    return undefined;
  }
}
