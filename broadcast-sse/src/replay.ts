import type { History } from '@carillon/history';
import type { Channel } from './channel.ts';
import type { Slice } from './channel-log.ts';
import type { Subscriber } from './subscriber.ts';

/** Events in one page: enough that a reader far behind is not slow, few enough that the store answers in a few ms. */
const PAGE_EVENTS = 500;

/** Bytes of bodies in one page: what one stalled reader keeps alive. */
const PAGE_BYTES = 256 * 1024;

/** Reads from the store under way at once: replay must not take the connections that posts need. */
const MAX_READS = 4;

/** What a page costs besides its bytes, roughly: those that hold nothing are bounded too. */
const PAGE_OVERHEAD_BYTES = 512;

/** Pages kept for others who come to the same place: thousands that return together are within a few pages of each other. */
const MAX_PAGES_BYTES = 32 * 1024 * 1024;

interface Page {
  readonly channel: Channel;
  readonly single: boolean;
  readonly after: number;
  readonly place: string;
  /** The channel's erasures when the read began. After another one it is for those alone that waited for it. */
  erasures: number;
  slice: Slice | undefined;
  waiting: Subscriber[];
  /** Those that waited for it while a text was taken away: they are told of that next. */
  owed: Set<Subscriber> | undefined;
}

/**
 * Serves who is behind the log: pages of history as the bytes of a slice, one read for all that stand at one
 * place, each reader at its own pace. A waiting reader costs its entry in a list.
 */
export class Replay {
  readonly #history: Pick<History, 'after'>;
  readonly #wake: (subscribers: readonly Subscriber[]) => void;
  /** By place; those that have been read stand in the order of their last use. */
  readonly #pages = new Map<string, Page>();
  #queue: Page[] = [];
  #failed: Page[] = [];
  /** Those that have `owed`. */
  readonly #owing = new Set<Page>();
  #reading = 0;
  #bytes = 0;
  /** Reads from the store so far. */
  reads = 0;

  /** `wake` is told of the readers whose page has come. */
  constructor(history: Pick<History, 'after'>, wake: (subscribers: readonly Subscriber[]) => void) {
    this.#history = history;
    this.#wake = wake;
  }

  /** The page after the subscriber's cursor where it is here; if not, it is read and the subscriber woken. */
  after(subscriber: Subscriber, single: boolean): Slice | undefined {
    const { channel, seq } = subscriber;
    const place = `${channel.name} ${single ? 1 : 2} ${seq}`;
    const known = this.#pages.get(place);
    const current = known?.channel === channel && known.erasures === channel.erasures;
    if (known?.slice !== undefined) {
      this.#pages.delete(place);
      if (current || known.owed?.delete(subscriber)) {
        this.#pages.set(place, known);
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
      place,
      erasures: channel.erasures,
      slice: undefined,
      waiting: [subscriber],
      owed: undefined,
    };
    this.#pages.set(place, page);
    this.#queue.push(page);
    this.#next();
    return undefined;
  }

  /** Lets go of readers that left while they waited, for the store or to be told what they are owed; to be called about once a second. */
  forgetGone(): void {
    for (const page of this.#failed) page.waiting = page.waiting.filter(({ place }) => place >= 0);
    for (const page of this.#owing) {
      for (const subscriber of page.owed ?? []) if (subscriber.place < 0) page.owed?.delete(subscriber);
      if (page.owed?.size === 0 || this.#pages.get(page.place) !== page) this.#owing.delete(page);
    }
  }

  /** Tries again what the store did not answer. */
  retry(): void {
    this.#queue.push(...this.#failed);
    this.#failed = [];
    this.#next();
  }

  #next(): void {
    while (this.#reading < MAX_READS) {
      const page = this.#queue.shift();
      if (page === undefined) return;
      if (page.waiting.every(({ place }) => place < 0)) {
        if (this.#pages.get(page.place) === page) this.#pages.delete(page.place);
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
      // The store is away; whoever polls it says so. The readers wait.
      this.#failed.push(page);
      return;
    }
    if (this.#pages.get(page.place) === page) this.#keep(page, page.slice);
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
    for (const [place, { slice }] of this.#pages) {
      if (this.#bytes <= MAX_PAGES_BYTES) break;
      if (slice === undefined || place === page.place) continue;
      this.#bytes -= costOf(slice);
      this.#pages.delete(place);
    }
  }

  async #sliceOf({ channel, single, after }: Page): Promise<Slice> {
    const events = await this.#history.after(channel.name, after, PAGE_EVENTS, PAGE_BYTES);
    const [first, last] = [events[0], events.at(-1)];
    if (first === undefined || last === undefined) {
      // There were events after this place and the store keeps none of them.
      return { bytes: Buffer.alloc(0), from: channel.head + 1, to: channel.head, readers: 0 };
    }
    const frames = events.map((event) => channel.encode(event, single));
    return { bytes: Buffer.from(frames.join('')), from: first.seq, to: last.seq, readers: 0 };
  }
}

function costOf({ bytes }: Slice): number {
  return bytes.length + PAGE_OVERHEAD_BYTES;
}
