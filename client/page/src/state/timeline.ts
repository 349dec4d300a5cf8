import type { Author, Message, ResetEvent } from '@carillon/client';

/** A message that was written here and is not confirmed. */
export interface Echo {
  /** The `Idempotency-Key` it is posted with; the stored message carries it too. */
  key: string;
  body: string;
  author: Author;
  /** By this machine's clock, ISO 8601. */
  sentAt: string;
  /** seq of the message that it answers. */
  replyTo?: number;
  /** The server cannot be reached; it is sent by itself when it can. */
  waiting?: boolean;
  /** Why it was not sent; undefined while it is being sent. */
  failure?: string;
}

/** Messages between these two seqs (neither included) are gone for good. */
export interface Gap {
  after: number;
  before: number;
}

/**
 * What the page holds of one channel: a window of its log, at most {@link MAX_HELD} messages, and the echoes of
 * what is being sent. Pages, stream events and answers to posts may come in any order and more than once: each seq is
 * held once, in order.
 */
export interface Timeline {
  /** In the order of their seqs. */
  messages: readonly Message[];
  gaps: readonly Gap[];
  /** In the order they were sent. */
  echoes: readonly Echo[];
  /** Whether the stream said where the channel stands. */
  opened: boolean;
  head: number;
  earliest: number;
  /** The seq at which the window begins while it is empty. */
  start: number;
  /** The window does not reach the newest message: what the stream brings is only counted. */
  detached: boolean;
  /** The view is at the newest message, and somebody can see it. */
  following: boolean;
  visible: boolean;
  /** Everything up to this seq was on screen. Undefined where the channel was never open. */
  seen: number | undefined;
  /** The first message that came while nobody looked: a line is drawn above it. */
  newFrom: number | undefined;
  /** The server's history began anew while the page was open. */
  rebuilt: boolean;
}

export type TimelineAction =
  | { type: 'opened'; head: number; earliest: number; from: number }
  /** From the stream, or as the answer to a post. */
  | { type: 'received'; messages: readonly Message[] }
  /** A page was read next to the window: `before` its first or `after` its last message; with neither, a new window. */
  | {
      type: 'paged';
      before?: number;
      after?: number;
      messages: readonly Message[];
      head: number;
      earliest: number;
    }
  | { type: 'reset'; reset: ResetEvent }
  | { type: 'looked'; following: boolean; visible: boolean }
  | { type: 'sent'; echo: Echo }
  | { type: 'failed'; key: string; failure: string }
  | { type: 'retried'; key: string }
  | { type: 'discarded'; key: string };

/** Rows of a page that still scrolls smoothly on a phone; what is dropped can be read again. */
export const MAX_HELD = 1_000;

/** An empty timeline. `seen` is how far the channel was read on an earlier visit. */
export function emptyTimeline(seen?: number): Timeline {
  return {
    messages: [],
    gaps: [],
    echoes: [],
    opened: false,
    head: 0,
    earliest: 1,
    start: 1,
    detached: false,
    following: true,
    visible: true,
    seen,
    newFrom: undefined,
    rebuilt: false,
  };
}

/** The timeline after an action. Pure. */
export function advance(timeline: Timeline, action: TimelineAction): Timeline {
  switch (action.type) {
    case 'opened':
      return opened(timeline, action);
    case 'received':
      return noticed(received(timeline, action.messages));
    case 'paged':
      return noticed(paged(timeline, action));
    case 'reset':
      return reset(timeline, action.reset);
    case 'looked':
      return looked(timeline, action);
    case 'sent':
      return timeline.messages.some(({ key }) => key === action.echo.key)
        ? timeline
        : { ...timeline, echoes: [...timeline.echoes, action.echo] };
    case 'failed':
      return withEcho(timeline, action.key, (echo) => ({ ...echo, failure: action.failure }));
    case 'retried':
      // To the end: it is sent after those that are on their way.
      return withEcho(timeline, action.key, ({ failure: _, ...echo }) => echo, true);
    case 'discarded':
      return { ...timeline, echoes: timeline.echoes.filter(({ key }) => key !== action.key) };
  }
}

/** Whether older messages are kept than those held. */
export function hasOlder({ opened, messages, start, earliest }: Timeline): boolean {
  return opened && (messages[0]?.seq ?? start) > earliest;
}

/** How many messages came that were not on screen. */
export function unseen({ head, seen, opened }: Timeline): number {
  return opened ? Math.max(0, head - (seen ?? head)) : 0;
}

function opened(
  timeline: Timeline,
  { head, earliest, from }: { head: number; earliest: number; from: number },
) {
  const seen = Math.min(timeline.seen ?? head, head);
  const start = timeline.messages.length === 0 ? from : timeline.start;
  const newFrom = !timeline.opened && seen > 0 && seen < head ? seen + 1 : timeline.newFrom;
  return {
    ...timeline,
    opened: true,
    head: Math.max(head, timeline.messages.at(-1)?.seq ?? 0),
    earliest,
    start,
    seen,
    newFrom,
  };
}

function received(timeline: Timeline, incoming: readonly Message[]): Timeline {
  const last = timeline.messages.at(-1)?.seq ?? timeline.start - 1;
  const kept = timeline.detached ? incoming.filter(({ seq }) => seq <= last) : incoming;
  const head = incoming.reduce((newest, { seq }) => Math.max(newest, seq), timeline.head);
  const merged = { ...settled(timeline, incoming), head, messages: merge(timeline.messages, kept) };
  return trimmed(merged, timeline.following ? 'newest' : 'oldest');
}

function paged(timeline: Timeline, page: TimelineAction & { type: 'paged' }): Timeline {
  const { before, after, messages } = page;
  const first = timeline.messages[0]?.seq ?? timeline.start;
  const last = timeline.messages.at(-1)?.seq ?? timeline.start - 1;
  // The window moved while the page was read: it no longer fits.
  if ((before !== undefined && before !== first) || (after !== undefined && after !== last)) return timeline;
  const whole = before === undefined && after === undefined;
  const head = Math.max(timeline.head, page.head);
  const merged = whole ? merge([], messages) : merge(timeline.messages, messages);
  const reaches = (merged.at(-1)?.seq ?? head) >= head;
  return trimmed(
    {
      ...settled(timeline, messages),
      messages: merged,
      head,
      earliest: page.earliest,
      // While the window is attached, the stream brings what comes after it.
      detached: whole ? !reaches : timeline.detached && (before !== undefined || !reaches),
    },
    before === undefined ? 'newest' : 'oldest',
  );
}

function reset(timeline: Timeline, { reason, from, head }: ResetEvent): Timeline {
  const last = timeline.messages.at(-1)?.seq;
  if (reason === 'epoch' || reason === 'ahead') {
    const { opened, earliest, echoes, following, visible } = timeline;
    const anew = { ...emptyTimeline(head), opened, earliest, echoes, following, visible };
    return { ...anew, head, start: from, rebuilt: timeline.rebuilt || last !== undefined };
  }
  if (last === undefined) return { ...timeline, head, start: from };
  const gone = from > last + 1 && !timeline.detached;
  const gaps = gone ? [...timeline.gaps, { after: last, before: from }] : timeline.gaps;
  return { ...timeline, gaps, head: Math.max(head, last) };
}

function looked(
  timeline: Timeline,
  { following, visible }: { following: boolean; visible: boolean },
): Timeline {
  if (timeline.following === following && timeline.visible === visible) return timeline;
  const sees = following && visible;
  const saw = timeline.following && timeline.visible;
  return noticed({
    ...timeline,
    following,
    visible,
    newFrom: saw && !sees ? undefined : timeline.newFrom,
  });
}

/** Notes what was seen, or from where on it was not. */
function noticed(timeline: Timeline): Timeline {
  const { opened, following, visible, detached, head, seen, newFrom } = timeline;
  if (!opened) return timeline;
  if (following && visible && !detached) return seen === head ? timeline : { ...timeline, seen: head };
  return newFrom === undefined && seen !== undefined && head > seen
    ? { ...timeline, newFrom: seen + 1 }
    : timeline;
}

/** Echoes whose message has come are done. */
function settled(timeline: Timeline, messages: readonly Message[]): Timeline {
  if (timeline.echoes.length === 0) return timeline;
  const keys = new Set(messages.map(({ key }) => key));
  const echoes = timeline.echoes.filter(({ key }) => !keys.has(key));
  return echoes.length === timeline.echoes.length ? timeline : { ...timeline, echoes };
}

function trimmed(timeline: Timeline, keep: 'newest' | 'oldest'): Timeline {
  const { messages } = timeline;
  if (messages.length <= MAX_HELD) return timeline;
  return keep === 'newest'
    ? { ...timeline, messages: messages.slice(-MAX_HELD) }
    : { ...timeline, messages: messages.slice(0, MAX_HELD), detached: true };
}

function merge(held: readonly Message[], incoming: readonly Message[]): readonly Message[] {
  if (incoming.length === 0) return held;
  const bySeq = new Map(held.map((message) => [message.seq, message]));
  // What is held stays the same object: its row need not be drawn again.
  for (const message of incoming) if (!bySeq.has(message.seq)) bySeq.set(message.seq, message);
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

function withEcho(timeline: Timeline, key: string, change: (echo: Echo) => Echo, last = false): Timeline {
  const echo = timeline.echoes.find((each) => each.key === key);
  if (echo === undefined) return timeline;
  const changed = change(echo);
  const echoes = last
    ? [...timeline.echoes.filter((each) => each !== echo), changed]
    : timeline.echoes.map((each) => (each === echo ? changed : each));
  return { ...timeline, echoes };
}
