import { Carillon, type ChannelInfo, type ChannelListing } from '@carillon/client';
import type { Identity } from './identity.ts';
import { loadSeen, saveSeen } from './seen.ts';

/** How far each channel was read: kept by the browser, and by the server for people whom it knows. */
export interface ReadMarks {
  /** seq up to which a channel was read on earlier visits, on any device; undefined where it never was. */
  readBefore(channel: string): Promise<number | undefined>;
  /** Everything up to this seq was on screen: it is kept, and the server is told. */
  saw(channel: string, seq: number): void;
  /** The server says that a channel was read up to this seq, where it knows. */
  noteRead(channel: string, seq: number | undefined): void;
  /** Another person is here: what the server knows, it knew of the one before. */
  reset(): void;
  /** The page goes: tells the server now what it would be told later. */
  flush(): void;
}

export interface ReadMarksOptions {
  carillon: Carillon;
  identity: Pick<Identity, 'session' | 'me' | 'confirmed'>;
  /** What the server says of a channel, asked for {@link ReadMarks.readBefore}. */
  onInfo: (info: ChannelInfo & Partial<ChannelListing>) => void;
}

/** The server is told how far a channel was read once that stands still for a moment, ms. */
const REPORT_AFTER_MS = 1_000;
/** The first messages do not wait longer than this to know which of them are new, ms. */
const KNOW_READ_MS = 1_500;

/** @param options `carillon` is asked with the cookie of the person at the page. */
export function createReadMarks({ carillon, identity, onInfo }: ReadMarksOptions): ReadMarks {
  const { session, me, confirmed } = identity;
  /** seq up to which the server knows a channel to be read, and reports that are on their way. */
  const known = new Map<string, number>();
  const waiting = new Map<string, { seq: number; timer: ReturnType<typeof setTimeout> }>();
  /** Its calls go on after the page is gone. */
  const parting = new Carillon({ fetch: (input, init) => fetch(input, { ...init, keepalive: true }) });

  async function askServer(channel: string): Promise<number | undefined> {
    await confirmed;
    const info = await carillon.channelInfo(channel).catch(() => undefined);
    if (info === undefined) return undefined;
    noteRead(channel, info.read);
    onInfo(info);
    return info.read;
  }

  function noteRead(channel: string, seq: number | undefined): void {
    if (seq !== undefined) known.set(channel, Math.max(seq, known.get(channel) ?? 0));
  }

  function reportLater(channel: string, seq: number): void {
    if (session.get().kind === 'anonymous') return;
    const before = waiting.get(channel);
    if (seq <= Math.max(known.get(channel) ?? 0, before?.seq ?? 0)) return;
    clearTimeout(before?.timer);
    const timer = setTimeout(() => void report(carillon, channel, seq), REPORT_AFTER_MS);
    waiting.set(channel, { seq, timer });
  }

  async function report(by: Carillon, channel: string, seq: number): Promise<void> {
    waiting.delete(channel);
    const { id } = me.get();
    try {
      await by.read(channel, seq);
      if (id === me.get().id) noteRead(channel, seq);
    } catch {
      // Nothing waits for it: with the next message it is reported again.
    }
  }

  return {
    async readBefore(channel) {
      const late = new Promise<undefined>((resolve) => setTimeout(resolve, KNOW_READ_MS));
      const there = await Promise.race([askServer(channel), late]);
      const here = loadSeen(me.get().id).get(channel);
      return there === undefined || there === 0 ? here : Math.max(there, here ?? 0);
    },
    saw(channel, seq) {
      const { id } = me.get();
      if ((loadSeen(id).get(channel) ?? -1) < seq) saveSeen(id, channel, seq);
      reportLater(channel, seq);
    },
    noteRead,
    reset() {
      for (const { timer } of waiting.values()) clearTimeout(timer);
      waiting.clear();
      known.clear();
    },
    flush() {
      for (const [channel, { seq, timer }] of waiting) {
        clearTimeout(timer);
        void report(parting, channel, seq);
      }
    },
  };
}
