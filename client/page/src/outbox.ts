import { type Author, type Carillon, CarillonError, type Message, newKey } from '@carillon/client';
import { type KeptItems, keptItems } from './kept-items.ts';
import { inWords } from './problem-words.ts';

/** A message on its way to the server. */
export interface Letter {
  channel: string;
  /** Its `Idempotency-Key`: however often it is posted, it is stored once. */
  key: string;
  body: string;
  author: Author;
  /** ISO 8601, by this machine's clock. */
  sentAt: string;
  replyTo?: number;
  /** Why the server does not take it; it is sent again when a person says so. */
  failure?: string;
}

/** What became of a letter. */
export type Fate =
  | { key: string; message: Message }
  | { key: string; failure: string }
  /** The server cannot be reached, or can again. */
  | { key: string; waiting: boolean }
  /** It is of somebody else than who is here now, and waits for them. */
  | { key: string; left: true };

/** Posts what is written, in order for each channel; what is not posted yet is kept by the browser over a reload. */
export interface Outbox {
  /**
   * Letters of a channel that are on their way, and what becomes of them until the function it gives is called. One listener
   * for each channel.
   */
  open(channel: string, listener: (fate: Fate) => void, onLetter: (letter: Letter) => void): () => void;
  post(letter: Letter): void;
  retry(channel: string, key: string): void;
  discard(channel: string, key: string): void;
  /**
   * The server has said who one is: sends from now on as this person, also what they left in this browser. Until then
   * nothing is sent, for the cookie may be another's. `takesOver`: what is on its way goes with them.
   */
  be(person: string, takesOver?: boolean): void;
  /** The server may be there again. */
  wake(): void;
}

/** Of one person, in all channels; more than that is sent all the same, but not kept over a reload. */
const BOUNDS = { items: 200, length: 1_500_000 };
/** How long a post is tried before a person is told that it waits, ms. */
const TELL_AFTER_MS = 4_000;
/** Between attempts while it waits, ms; `online` and a stream that is back come earlier. */
const WAIT_MS = { first: 1_000, most: 15_000 };
/** Who is told to come back much later, as by a proxy's page, may as well ask before: whatever said so may be gone. */
const MAX_ASKED_MS = 60_000;
const OUT = 'out';
const TAB_LOCK = 'carillon.tab/';

interface Kept extends Letter {
  /** The tab that sends it. */
  tab: string;
}

/**
 * @param supposed who was here last.
 * @param askWho asks the server who is here, where it does not know the sender of a letter: whether they are still the same,
 * undefined where it does not say.
 */
export function createOutbox(
  carillon: Carillon,
  supposed: string,
  askWho: () => Promise<boolean | undefined>,
): Outbox {
  const tab = tabId();
  const queues = new Map<string, Letter[]>();
  const working = new Map<string, AbortController>();
  const listeners = new Map<string, { fate: (fate: Fate) => void; letter: (letter: Letter) => void }>();
  const wakers = new Set<() => void>();
  let person = supposed;
  let known = false;
  let kept: KeptItems = keptItems(OUT, person, BOUNDS);

  function queue(channel: string): Letter[] {
    const found = queues.get(channel) ?? [];
    queues.set(channel, found);
    return found;
  }

  /** The names stand in the order of the letters. */
  function nameOf({ sentAt, key }: Letter): string {
    return `${sentAt} ${key}`;
  }

  function keep(letter: Letter): void {
    kept.keep(nameOf(letter), JSON.stringify({ ...letter, tab }));
  }

  function take(letter: Letter): void {
    const letters = queue(letter.channel);
    if (letters.some(({ key }) => key === letter.key)) return;
    letters.push(letter);
    listeners.get(letter.channel)?.letter(letter);
    void work(letter.channel);
  }

  function remove(letter: Letter): void {
    kept.forget(nameOf(letter));
    queues.set(
      letter.channel,
      queue(letter.channel).filter(({ key }) => key !== letter.key),
    );
  }

  function replace(letter: Letter, next: Letter): void {
    queues.set(
      letter.channel,
      queue(letter.channel).map((each) => (each.key === letter.key ? next : each)),
    );
    keep(next);
  }

  async function work(channel: string): Promise<void> {
    if (!known || working.has(channel)) return;
    const next = () => queue(channel).find(({ failure }) => failure === undefined);
    for (let letter = next(); letter !== undefined; letter = next()) {
      const stop = new AbortController();
      working.set(channel, stop);
      await send(letter, stop.signal);
      working.delete(channel);
    }
  }

  /** Until it is stored, refused or discarded. */
  async function send(letter: Letter, signal: AbortSignal): Promise<void> {
    const { channel, key, body, replyTo } = letter;
    const tell = (fate: Fate) => listeners.get(channel)?.fate(fate);
    const options = { key, retryForMs: TELL_AFTER_MS, signal, ...(replyTo === undefined ? {} : { replyTo }) };
    for (let waitMs = WAIT_MS.first; ; waitMs = Math.min(WAIT_MS.most, waitMs * 2)) {
      try {
        if (!navigator.onLine) tell({ key, waiting: true });
        const message = await carillon.post(channel, body, options);
        remove(letter);
        return tell({ key, message });
      } catch (error) {
        if (signal.aborted) return;
        const unknown = error instanceof CarillonError && error.status === 401;
        const same = unknown ? await askWho() : true;
        // It waits for its author to sign in again.
        if (signal.aborted) return;
        if (same !== undefined && !mayPass(error)) {
          const failure = inWords(error);
          replace(letter, { ...letter, failure });
          return tell({ key, failure });
        }
        tell({ key, waiting: true });
        const asked = mayPass(error) ? Math.min((error.retryAfter ?? 0) * 1_000, MAX_ASKED_MS) : 0;
        await pause(Math.max(asked, waitMs), asked > 0, signal);
        if (signal.aborted) return;
        tell({ key, waiting: false });
      }
    }
  }

  function pause(ms: number, whole: boolean, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        wakers.delete(end);
        resolve();
      };
      const timer = setTimeout(end, ms);
      // Who is told when to come back keeps to it.
      if (!whole) wakers.add(end);
      signal.addEventListener('abort', end, { once: true });
    });
  }

  function wake(): void {
    for (const end of [...wakers]) end();
  }

  function become(next: string, takesOver: boolean): void {
    const before = kept;
    person = next;
    kept = keptItems(OUT, person, BOUNDS);
    for (const letters of queues.values())
      for (const letter of letters) {
        if (takesOver) {
          before.forget(nameOf(letter));
          keep(letter);
        } else {
          working.get(letter.channel)?.abort();
          listeners.get(letter.channel)?.fate({ key: letter.key, left: true });
        }
      }
    if (!takesOver) queues.clear();
  }

  /** Takes up what this tab had before a reload, and what tabs left that are gone. */
  async function adopt(): Promise<void> {
    if (!known) return;
    const from = kept;
    const alive = await aliveTabs();
    if (from !== kept) return;
    for (const [name, text] of kept.all()) {
      const letter = parsed(text);
      if (letter === undefined) kept.forget(name);
      else if (letter.tab === tab || !alive.has(letter.tab)) {
        const { tab: owner, ...rest } = letter;
        if (owner !== tab) keep(rest);
        take(rest);
      }
    }
  }

  async function aliveTabs(): Promise<ReadonlySet<string>> {
    if (!('locks' in navigator)) return new Set();
    const { held = [] } = await navigator.locks.query();
    return new Set(
      held.flatMap(({ name = '' }) => (name.startsWith(TAB_LOCK) ? [name.slice(TAB_LOCK.length)] : [])),
    );
  }

  if ('locks' in navigator) void navigator.locks.request(TAB_LOCK + tab, () => new Promise(() => {}));
  addEventListener('online', wake);
  document.addEventListener('visibilitychange', () => void (document.hidden || adopt()));

  return {
    open(channel, fate, letter) {
      const listener = { fate, letter };
      listeners.set(channel, listener);
      for (const each of queue(channel)) letter(each);
      return () => void (listeners.get(channel) === listener && listeners.delete(channel));
    },
    post(letter) {
      keep(letter);
      queue(letter.channel).push(letter);
      void work(letter.channel);
    },
    retry(channel, key) {
      const letter = queue(channel).find((each) => each.key === key);
      if (letter?.failure === undefined) return;
      remove(letter);
      const { failure: _, ...again } = letter;
      // To the end, after what is on its way.
      const next = { ...again, sentAt: momentOfSending() };
      keep(next);
      queue(channel).push(next);
      void work(channel);
    },
    discard(channel, key) {
      const letter = queue(channel).find((each) => each.key === key);
      if (letter === undefined) return;
      const isNext = queue(channel).find(({ failure }) => failure === undefined) === letter;
      remove(letter);
      if (isNext) working.get(channel)?.abort();
    },
    be(next, takesOver = false) {
      known = true;
      if (next !== person) become(next, takesOver);
      for (const channel of queues.keys()) void work(channel);
      void adopt();
    },
    wake,
  };
}

/** What this person has not sent is not kept any longer. */
export function forgetUnsent(person: string): void {
  const kept = keptItems(OUT, person, BOUNDS);
  for (const [name] of kept.all()) kept.forget(name);
}

let latest = 0;

/** Now, and later than any moment before it: letters are sent in the order of their moments. ISO 8601. */
export function momentOfSending(): string {
  latest = Math.max(Date.now(), latest + 1);
  return new Date(latest).toISOString();
}

/** Of this tab, over its reloads. */
function tabId(): string {
  try {
    const id = sessionStorage.getItem('carillon.tab') ?? newKey();
    sessionStorage.setItem('carillon.tab', id);
    return id;
  } catch {
    return newKey();
  }
}

/** It may go through later, without anybody doing anything about it. */
function mayPass(error: unknown): error is CarillonError {
  return (
    error instanceof CarillonError &&
    error.code !== 'not_configured' &&
    (error.status === 0 || error.status === 429 || error.status >= 500)
  );
}

function parsed(text: string): Kept | undefined {
  try {
    const value: unknown = JSON.parse(text);
    const isLetter =
      typeof value === 'object' &&
      value !== null &&
      ['channel', 'key', 'body', 'sentAt', 'tab'].every(
        (name) => name in value && typeof (value as Record<string, unknown>)[name] === 'string',
      );
    return isLetter ? (value as Kept) : undefined;
  } catch {
    return undefined;
  }
}
