import type { History } from '@carillon/history';
import type { Slice } from './channel-log.ts';
import type { Channel, Subscriber } from './stream.ts';

/** Events in a page: enough that a reader far behind is not slow, few enough that the store answers in a few ms. */
const PAGE_EVENTS = 500;

/** Bytes of bodies in a page: what a stalled reader keeps alive. */
const PAGE_BYTES = 256 * 1024;

/** Reads from the store under way at once: replay must not take the connections that posts need. */
const MAX_READS = 4;

/** What a page costs besides its bytes, roughly: so empty pages are bounded too. */
const PAGE_OVERHEAD_BYTES = 512;

/** Bytes of pages that are kept for readers at the same cursor: thousands that reconnect together are within a few pages of each other. */
const MAX_PAGES_BYTES = 32 * 1024 * 1024;

interface Page {
  readonly channel: Channel;
  readonly single: boolean;
  readonly after: number;
  /** Channel, encoding and cursor. */
  readonly key: string;
  /** The channel's erasures when the read began. After another erasure only the readers that waited for the page get it. */
  erasures: number;
  slice: Slice | undefined;
  waiting: Subscriber[];
  /** Readers that waited for it while a text was erased: they get the page, and then the erasure. */
  owed: Set<Subscriber> | undefined;
}

/**
 * Serves readers that are behind the log: pages of the store as the bytes of a slice, a single read for all readers at the same
 * cursor, each reader at its own pace. A waiting reader costs its entry in a list.
 */
export class Replay {
  readonly #history: Pick<History, 'after'>;
  readonly #wake: (subscribers: readonly Subscriber[]) => void;
  /** By key; pages that have been read are in the order of their last use. */
  readonly #pages = new Map<string, Page>();
  #queue: Page[] = [];
  #failed: Page[] = [];
  /** Pages with `owed` readers. */
  readonly #owing = new Set<Page>();
  #reading = 0;
  #bytes = 0;
  /** Reads from the store so far. */
  reads = 0;

  /** `wake` is called with the readers whose page has come. */
  constructor(history: Pick<History, 'after'>, wake: (subscribers: readonly Subscriber[]) => void) {
    this.#history = history;
    this.#wake = wake;
  }

  /** The page after the subscriber's cursor, if it is here; otherwise it is read, and the subscriber is woken then. */
  after(subscriber: Subscriber, single: boolean): Slice | undefined {
    const { channel, seq } = subscriber;
    const key = `${channel.name} ${single ? 1 : 2} ${seq}`;
    const known = this.#pages.get(key);
    const current = known?.channel === channel && known.erasures === channel.erasures;
    if (known?.slice !== undefined) {
      this.#pages.delete(key);
      if (current || known.owed?.delete(subscriber)) {
        this.#pages.set(key, known);
        return known.slice;
      }
      this.#bytes -= costOf(known.slice);
    }
    subscriber.waiting = true;
    if (known !== undefined && known.slice === undefined && current) {
      known.waiting.push(subscriber);
      return undefined;
    }
    const page: Page = {
      channel,
      single,
      after: seq,
      key,
      erasures: channel.erasures,
      slice: undefined,
      waiting: [subscriber],
      owed: undefined,
    };
    this.#pages.set(key, page);
    this.#queue.push(page);
    this.#next();
    return undefined;
  }

  /** Forgets readers that left while they waited; to be called about once a second. */
  forgetGone(): void {
    for (const page of this.#failed) page.waiting = page.waiting.filter(({ index }) => index >= 0);
    for (const page of this.#owing) {
      for (const subscriber of page.owed ?? []) if (subscriber.index < 0) page.owed?.delete(subscriber);
      if (page.owed?.size === 0 || this.#pages.get(page.key) !== page) this.#owing.delete(page);
    }
  }

  /** Reads again the pages that the store did not answer. */
  retry(): void {
    this.#queue.push(...this.#failed);
    this.#failed = [];
    this.#next();
  }

  #next(): void {
    while (this.#reading < MAX_READS) {
      const page = this.#queue.shift();
      if (page === undefined) return;
      if (page.waiting.every(({ index }) => index < 0)) {
        if (this.#pages.get(page.key) === page) this.#pages.delete(page.key);
        continue;
      }
      this.#reading += 1;
      void this.#read(page).then(() => {
        this.#reading -= 1;
        this.#next();
      });
    }
  }

  async #read(page: Page): Promise<void> {
    this.reads += 1;
    page.erasures = page.channel.erasures;
    try {
      page.slice = await this.#sliceOf(page);
    } catch {
      // The store is away; its poll notices too. The readers wait.
      this.#failed.push(page);
      return;
    }
    if (this.#pages.get(page.key) === page) this.#keep(page, page.slice);
    const { waiting } = page;
    page.waiting = [];
    if (page.erasures !== page.channel.erasures) {
      page.owed = new Set(waiting);
      this.#owing.add(page);
    }
    for (const subscriber of waiting) subscriber.waiting = false;
    this.#wake(waiting);
  }

  #keep(page: Page, slice: Slice): void {
    this.#bytes += costOf(slice);
    for (const [key, { slice }] of this.#pages) {
      if (this.#bytes <= MAX_PAGES_BYTES) break;
      if (slice === undefined || key === page.key) continue;
      this.#bytes -= costOf(slice);
      this.#pages.delete(key);
    }
  }

  async #sliceOf({ channel, single, after }: Page): Promise<Slice> {
    // Only of the events until here is it known that they are gone if the store has none: a later one may come meanwhile.
    const { head } = channel;
    const events = await this.#history.after(channel.name, after, PAGE_EVENTS, PAGE_BYTES);
    const [first, last] = [events[0], events.at(-1)];
    if (first === undefined || last === undefined) {
      // There were events after this cursor, and the store keeps none of them.
      return { bytes: Buffer.alloc(0), from: head + 1, to: head, readers: 0 };
    }
    const frames = events.map((event) => channel.encode(event, single));
    return { bytes: Buffer.from(frames.join('')), from: first.seq, to: last.seq, readers: 0 };
  }
}

function costOf({ bytes }: Slice): number {
  return bytes.length + PAGE_OVERHEAD_BYTES;
}
