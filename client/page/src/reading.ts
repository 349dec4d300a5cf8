import { type Carillon, CarillonError, type DeniedEvent } from '@carillon/client';
import { channelChangesIn, type Span } from './channel-changes.ts';
import { firstSince } from './first-since.ts';
import type { TimelineAction } from './state/advance.ts';
import { isStale, type PageCursor, type ReadPage } from './state/paging.ts';
import { createStore, type Store } from './state/store.ts';
import { hasOlder, heldAt, isDetached, quoteOf, type Timeline } from './state/timeline.ts';

export type Direction = 'older' | 'newer';
export type Paging = { reading?: Direction; failed?: Direction };

/** What is read of a channel's past, and where the view goes in it. */
export interface Reading {
  /** What is being read, or could not be. */
  readonly paging: Store<Paging>;
  /** The message that a permalink or a jump led to; another object for each. */
  readonly marked: Store<{ seq: number } | undefined>;
  /** A permalink led to this seq, and there is no such message. */
  readonly missing: Store<number | undefined>;
  /** Reads messages that are answered, where they are not at hand. */
  quote(seqs: readonly number[]): void;
  /** Reads messages before or after those that are held; does nothing where there are none, or while it reads. */
  load(direction: Direction): Promise<void>;
  /** Shows the newest messages. */
  toNewest(): Promise<void>;
  /** Shows a message and what was said around it, and marks it. False where there is no such message. */
  toMessage(seq: number): Promise<boolean>;
  /** Shows what was said from a date on. */
  toDate(date: Date): Promise<void>;
}

export interface ReadingOptions {
  channel: string;
  carillon: Carillon;
  timeline: Store<Timeline>;
  apply: (action: TimelineAction) => void;
  /** seq up to which the channel was read on earlier visits; undefined where it never was. */
  seen: () => Promise<number | undefined>;
  /** The channel may not be read. */
  onDenied: (denied: DeniedEvent) => void;
  /** Somebody is there to read for. */
  isOpen: () => boolean;
}

/** {@link Reading}, and what the conversation tells it of the stream. */
export interface Reader extends Reading {
  /** Reads the newest page, now or after what is being read. */
  wantNewest(): Promise<void>;
  /** The server can be reached again. */
  wake(): void;
  /** It is another log now. */
  clear(): void;
}

/** A first screen and some to scroll. */
const FIRST_MESSAGES = 60;
const PAGE_MESSAGES = 100;
/** What is shown above the message that a jump leads to. */
const ABOVE_JUMP = 30;
/** The newest messages are asked for again after this long where they could not be had, ms. */
const AGAIN_MS = 3_000;
/** A page that is out of date when it comes is read again, this often. */
const MAX_STALE = 3;

/** Reads nothing by itself: each call of {@link Reading} says what is wanted. */
export function createReader(options: ReadingOptions): Reader {
  const { channel, carillon, timeline, apply, isOpen } = options;
  const paging = createStore<Paging>({});
  const marked = createStore<{ seq: number } | undefined>(undefined);
  const missing = createStore<number | undefined>(undefined);
  const asked = new Set<number>();
  /** Of the last jump; an earlier one that is still being read comes to nothing. */
  let jump = 0;
  /** The newest messages are to be read when what is being read is here, unless another jump comes first: the jump it was. */
  let newestWanted: number | undefined;

  async function wantNewest(): Promise<void> {
    if (paging.get().reading === undefined) return readNewest();
    newestWanted = jump;
  }

  /** The first page, or the newest one again. Tried until there is one. Does nothing while a page is read. */
  async function readNewest(): Promise<void> {
    if (paging.get().reading !== undefined) return;
    if (await read('newer', 'newest', FIRST_MESSAGES)) return;
    if (!timeline.get().opened)
      setTimeout(() => void (timeline.get().opened || !isOpen() || readNewest()), AGAIN_MS);
  }

  /** Reads a page into the timeline. False where it could not be had. */
  async function read(direction: Direction, at: PageCursor, limit = PAGE_MESSAGES): Promise<boolean> {
    paging.set({ reading: direction });
    const mine = jump;
    try {
      const seen = timeline.get().opened ? undefined : options.seen();
      for (let attempt = 0; attempt < MAX_STALE; attempt++) {
        const [page, seq] = await Promise.all([carillon.page(channel, { ...rangeOf(at), limit }), seen]);
        if (seq !== undefined) apply({ type: 'read', seq });
        // Somebody went elsewhere meanwhile, and is there: this one must not take the window back.
        if ((at === 'newest' || 'from' in at) && mine !== jump && timeline.get().opened) break;
        if (isStale(timeline.get(), page.head)) continue;
        apply({ type: 'paged', at, limit, ...page });
        void recall({ ...page, at, limit });
        break;
      }
      paging.set({});
      return true;
    } catch (error) {
      paging.set({ failed: direction });
      if (error instanceof CarillonError && isRefusal(error) && !timeline.get().opened)
        options.onDenied({ reason: reasonOf(error), detail: error.message });
      return false;
    } finally {
      if (newestWanted === jump) void readNewest();
      newestWanted = undefined;
    }
  }

  /** What became of the channel between the messages of a page. Nobody waits for it. */
  async function recall(page: ReadPage): Promise<void> {
    const seqs = page.messages.map(({ seq }) => seq);
    const log = (after: number, limit: number) => carillon.log(channel, { after, limit });
    const changes = await channelChangesIn(spanOf(page), seqs, log).catch(() => []);
    if (changes.length > 0) apply({ type: 'recalled', changes });
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

  return {
    paging,
    marked,
    missing,
    wantNewest,
    wake() {
      if (paging.get().failed !== undefined) paging.set({});
      if (!timeline.get().opened) void readNewest();
    },
    clear: () => asked.clear(),
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
      // Where the person has gone elsewhere meanwhile, or is told that nothing can be read, it is not reported as missing.
      if (isHeld()) jump++;
      else if (!(await showFrom(seq))) return true;
      if (!isHeld()) return false;
      apply({ type: 'looked', following: false, visible: timeline.get().visible });
      missing.set(undefined);
      marked.set({ seq });
      return true;
    },
    async toDate(date) {
      const mine = ++jump;
      const seq = await firstSince(date, (after, limit) => carillon.page(channel, { after, limit }));
      if (mine !== jump) return;
      if (!(await showFrom(seq))) return;
      const first = timeline.get().messages.find((message) => message.seq >= seq);
      // A list that moved meanwhile, with its end on screen, has said that it follows.
      apply({ type: 'looked', following: false, visible: timeline.get().visible });
      if (first !== undefined) marked.set({ seq: first.seq });
    },
  };
}

function rangeOf(at: PageCursor): { before?: number; after?: number } {
  if (at === 'newest') return {};
  return 'from' in at ? { after: at.from - 1 } : at;
}

/** What a page covers of the log. */
function spanOf({ at, limit, messages, head, earliest }: ReadPage): Span {
  const whole = messages.length < limit;
  const first = messages[0]?.seq ?? earliest;
  const last = messages.at(-1)?.seq ?? head;
  if (at === 'newest') return { from: whole ? earliest : first, to: head };
  if ('before' in at) return { from: whole ? earliest : first, to: at.before - 1 };
  const from = 'from' in at ? at.from : at.after + 1;
  return { from: Math.max(from, earliest), to: whole ? head : last };
}

function isRefusal({ code, status }: CarillonError): boolean {
  return code !== 'unexpected' && [401, 403, 404].includes(status);
}

function reasonOf({ code, status }: CarillonError): DeniedEvent['reason'] {
  if (status === 401) return 'expired';
  return code === 'banned' ? 'banned' : 'not_allowed';
}
