import type { Author, Change, LogEvent, Message, ResetEvent } from '@carillon/client';
import { folded, type Held, type MessageChange } from './folded.ts';

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

/** What was done here to a message, and is shown before the log has told of it. */
export type Pending = {
  id: string;
  target: number;
  author: Author;
  /** By this machine's clock, ISO 8601. */
  at: string;
  /** The server has done it; the log has not told yet. */
  done?: boolean;
  /** seq of its event, where the server said so. */
  seq?: number | undefined;
} & ({ kind: 'edit'; body: string } | { kind: 'delete' } | Reacting);
type Reacting = { kind: 'reaction'; emoji: string; op: 'add' | 'remove' };

export type ChannelChange = Extract<Change, { type: 'channel' }>;

/** What a message answers: as it is now (a tombstone, once it was deleted), or that it is no longer kept. Undefined until it was read. */
export type Quote = Message | 'missing' | undefined;

/** Messages between these two seqs (neither included) are gone for good. */
export interface Gap {
  after: number;
  before: number;
}

/**
 * What the page holds of one channel: a window of its log, at most {@link MAX_HELD} messages, and what is being done to it.
 * Pages come when they come; each tells the `head` it was read at, and the newest events are kept to bring it from there
 * to `position`. So each message is held once, in order, as it is at `position`.
 */
export interface Timeline {
  /** In the order of their seqs. An answer to a post may be here before the stream comes to it. */
  messages: readonly Held[];
  gaps: readonly Gap[];
  /** In the order they were sent. */
  echoes: readonly Echo[];
  pending: readonly Pending[];
  /** What became of the channel, in order; not all of what lies outside the window. */
  changes: readonly ChannelChange[];
  /** Messages that are quoted and not in the window. */
  quotes: ReadonlyMap<number, Message | 'missing'>;
  /** Id of who looks. */
  me: string | undefined;
  /** Whether a page was read: the window has its place. */
  opened: boolean;
  head: number;
  earliest: number;
  /** All messages from this seq to that are in the window; both included. */
  from: number;
  to: number;
  /** seq of the last event of the log that is in here. Undefined where none is known. */
  position: number | undefined;
  /** The newest events up to `position`, all of them from `recentFrom` on. */
  recent: readonly LogEvent[];
  recentFrom: number;
  /** Messages that came while the window did not reach them. */
  missed: number;
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

/** Where a page lies: the newest messages, those before or after the window, or a new window of what follows a seq. */
export type PagePlace = 'newest' | { before: number } | { after: number } | { from: number };

export interface ReadPage {
  at: PagePlace;
  /** How many were asked for: with fewer, the page reaches the end of the log. */
  limit: number;
  messages: readonly Message[];
  head: number;
  earliest: number;
}

export type TimelineAction =
  | { type: 'identified'; me: string | undefined }
  /** The stream says where the channel stands. */
  | { type: 'opened'; head: number; earliest: number }
  /** From the stream: events in order, without holes, the first at most one after `position`. */
  | { type: 'received'; events: readonly LogEvent[] }
  /** Lines of what became of the channel, read from the log. */
  | { type: 'recalled'; changes: readonly ChannelChange[] }
  /** A post was answered. */
  | { type: 'answered'; message: Message }
  | ({ type: 'paged' } & ReadPage)
  | { type: 'quoted'; seq: number; message: Message | undefined }
  | { type: 'reset'; reset: Pick<ResetEvent, 'reason' | 'from' | 'head'> }
  /** Too much was missed to read it all: what is held stays to be seen until the newest page comes. */
  | { type: 'skipped' }
  | { type: 'looked'; following: boolean; visible: boolean }
  /** The server knows of messages read up to this seq. */
  | { type: 'read'; seq: number }
  | { type: 'sent'; echo: Echo }
  | { type: 'waits'; key: string; waiting: boolean }
  | { type: 'failed'; key: string; failure: string }
  | { type: 'retried'; key: string }
  | { type: 'discarded'; key: string }
  | { type: 'tried'; pending: Pending }
  /** The server has done it, with the event `seq` where it says so. */
  | { type: 'done'; id: string; seq?: number | undefined }
  | { type: 'undone'; id: string };

/** What is dropped can be read again. */
export const MAX_HELD = 1_000;
/** Events that come while a page is read, many times over: what is missing here makes a page that is read once more. */
export const MAX_RECENT = 500;
/** Lines of what became of the channel; and quoted messages that are not in the window. */
const MAX_CHANGES = 300;
const MAX_QUOTES = 200;

/** An empty timeline. `seen` is how far the channel was read on an earlier visit. */
export function emptyTimeline(seen?: number, me?: string): Timeline {
  return {
    messages: [],
    gaps: [],
    echoes: [],
    pending: [],
    changes: [],
    quotes: new Map(),
    me,
    opened: false,
    head: 0,
    earliest: 1,
    from: 1,
    to: 0,
    position: undefined,
    recent: [],
    recentFrom: 1,
    missed: 0,
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
    case 'identified':
      return timeline.me === action.me ? timeline : { ...timeline, me: action.me };
    case 'opened':
      return {
        ...timeline,
        head: Math.max(timeline.head, action.head),
        earliest: Math.max(timeline.earliest, action.earliest),
      };
    case 'received':
      return noticed(received(timeline, action.events));
    case 'recalled':
      return recalled(timeline, action.changes);
    case 'answered':
      return noticed(answered(timeline, action.message));
    case 'paged':
      return noticed(paged(timeline, action));
    case 'quoted':
      return quoted(timeline, action.seq, action.message);
    case 'reset':
      return reset(timeline, action.reset);
    case 'skipped':
      return { ...timeline, opened: false, position: undefined, recent: [], quotes: new Map() };
    case 'looked':
      return looked(timeline, action);
    case 'read':
      return read(timeline, action.seq);
    case 'sent':
      return sent(timeline, action.echo);
    case 'waits':
      return withEcho(timeline, action.key, ({ waiting: _, ...echo }) =>
        action.waiting ? { ...echo, waiting: true } : echo,
      );
    case 'failed':
      return withEcho(timeline, action.key, ({ waiting: _, ...echo }) => ({
        ...echo,
        failure: action.failure,
      }));
    case 'retried':
      // To the end: it is sent after those that are on their way.
      return withEcho(timeline, action.key, ({ failure: _, ...echo }) => echo, true);
    case 'discarded':
      return { ...timeline, echoes: timeline.echoes.filter(({ key }) => key !== action.key) };
    case 'tried':
      return { ...timeline, pending: [...timeline.pending, action.pending] };
    case 'done':
      return done(timeline, action.id, action.seq);
    case 'undone':
      return { ...timeline, pending: timeline.pending.filter(({ id }) => id !== action.id) };
  }
}

/** Whether older messages may be kept than those held. */
export function hasOlder({ opened, from, earliest }: Timeline): boolean {
  return opened && from > earliest;
}

/** The window does not reach the newest message: what the stream brings is only counted. */
export function isDetached({ opened, to, position }: Timeline): boolean {
  return opened && position !== undefined && to < position;
}

/** How many messages came that were not on screen. */
export function unseen({ messages, missed, seen, opened }: Timeline): number {
  if (!opened || seen === undefined) return 0;
  let count = missed;
  for (let index = messages.length - 1; index >= 0; index--) {
    const message = messages[index];
    if (message === undefined || message.seq <= seen) break;
    if (message.deletedAt === undefined) count++;
  }
  return count;
}

/** Whether too much has happened since a page was read to bring it up to date: it is to be read again. */
export function isStale({ position, recentFrom }: Timeline, head: number): boolean {
  return position !== undefined && head < recentFrom - 1;
}

/** The message with this seq, where it is in the window. */
export function heldAt({ messages }: Timeline, seq: number): Held | undefined {
  const found = messages[indexOf(messages, seq)];
  return found?.seq === seq ? found : undefined;
}

export function quoteOf(timeline: Timeline, seq: number): Quote {
  return heldAt(timeline, seq) ?? timeline.quotes.get(seq);
}

function received(timeline: Timeline, events: readonly LogEvent[]): Timeline {
  const { position } = timeline;
  const fresh = events.filter(({ seq }) => position === undefined || seq > position);
  const last = fresh.at(-1);
  if (last === undefined) return timeline;
  const attached = timeline.opened && !isDetached(timeline);
  const messages = fresh.filter(isMessage);
  const changes = fresh.filter(isChange);
  const arrived = messages.filter(({ seq }) => seq > timeline.to).map(streamed);
  const next: Timeline = {
    ...timeline,
    messages: attached ? merge(timeline.messages, arrived) : timeline.messages,
    changes: [...timeline.changes, ...changes.filter((change) => change.type === 'channel')].slice(
      -MAX_CHANGES,
    ),
    to: attached ? Math.max(timeline.to, last.seq) : timeline.to,
    missed: attached || !timeline.opened ? 0 : timeline.missed + messages.length,
    position: last.seq,
    head: Math.max(timeline.head, last.seq),
    ...remembered(timeline, fresh),
  };
  const current = settled(withPendingSettled(changed(next, changes), changes), messages);
  return attached ? counted(trimmed(current, timeline.following ? 'newest' : 'oldest'), current) : current;
}

/** Folds what happened into the window and into what is quoted. */
function changed(timeline: Timeline, changes: readonly Change[]): Timeline {
  if (changes.length === 0) return timeline;
  const messages = [...timeline.messages];
  const quotes = new Map(timeline.quotes);
  for (const change of changes) {
    if (change.type === 'channel') continue;
    const index = indexOf(messages, change.target);
    const held = messages[index];
    if (held?.seq === change.target) messages[index] = folded(held, change, timeline.me);
    const quote = quotes.get(change.target);
    if (quote !== undefined && quote !== 'missing') quotes.set(change.target, foldedQuote(quote, change));
  }
  return { ...timeline, messages, quotes };
}

/** Reactions are not shown in a quote. */
function foldedQuote(quote: Message, change: MessageChange): Message {
  return change.type === 'reaction' ? quote : folded({ ...quote, asOf: 0 }, change, undefined);
}

function remembered(
  { recent, recentFrom, position }: Timeline,
  fresh: readonly LogEvent[],
): Pick<Timeline, 'recent' | 'recentFrom'> {
  const all = [...recent, ...fresh];
  const kept = all.slice(-MAX_RECENT);
  const begins = position === undefined ? (fresh[0]?.seq ?? 1) : recentFrom;
  return { recent: kept, recentFrom: kept.length < all.length ? (kept[0]?.seq ?? begins) : begins };
}

/** Those that lie before the window make room first. */
function recalled(timeline: Timeline, changes: readonly ChannelChange[]): Timeline {
  const bySeq = new Map([...timeline.changes, ...changes].map((change) => [change.seq, change]));
  const all = [...bySeq.values()].sort((a, b) => a.seq - b.seq);
  return { ...timeline, changes: all.filter(({ seq }) => seq >= timeline.from).slice(-MAX_CHANGES) };
}

function answered(timeline: Timeline, message: Message): Timeline {
  const done = settled(timeline, [message]);
  // What lies before the window's end is in it, or was dropped from it.
  const comes = timeline.opened && !isDetached(timeline) && message.seq > timeline.to;
  return comes ? { ...done, messages: merge(done.messages, [streamed(message)]) } : done;
}

function paged(timeline: Timeline, page: ReadPage): Timeline {
  const { at, head } = page;
  if (isStale(timeline, head) || !fits(timeline, at)) return timeline;
  const position = timeline.position ?? head;
  const earliest = Math.max(page.earliest, timeline.earliest);
  const { from, to, reachesEnd } = reachOf({ ...timeline, position, earliest }, page);
  const anew = at === 'newest' || 'from' in at;
  const since = timeline.recent.filter(({ seq }) => seq > head);
  const read = page.messages.map((message) => ({ ...message, asOf: head }));
  const arrived = reachesEnd
    ? since
        .filter(isMessage)
        .filter(({ seq }) => seq >= from)
        .map(streamed)
    : [];
  // Of a window that is left, only what was posted and is not told by the stream yet.
  const held = anew ? timeline.messages.filter(({ seq }) => reachesEnd && seq > to) : timeline.messages;
  const next: Timeline = {
    ...timeline,
    opened: true,
    // A page that is ahead of the stream knows more of what is held too.
    messages: head > position ? merge(merge(read, held), arrived) : merge(held, merge(read, arrived)),
    // What was quoted before anything was known of the log is read again.
    quotes: timeline.position === undefined ? new Map() : timeline.quotes,
    gaps: anew ? timeline.gaps.filter((gap) => gap.before > from && gap.after <= to) : timeline.gaps,
    position,
    recentFrom: timeline.position === undefined ? head + 1 : timeline.recentFrom,
    head: Math.max(timeline.head, head),
    earliest,
    from,
    to,
  };
  const current = settled(withPendingSettled(changed(next, since.filter(isChange)), []), next.messages);
  const upwards = at !== 'newest' && 'before' in at;
  return counted(trimmed(begun(current, timeline), upwards ? 'oldest' : 'newest'), timeline);
}

/** What the window covers with a page. `reachesEnd`: with the events since the page was read, all there is. */
function reachOf(
  { from, to, earliest, position }: Timeline & { position: number },
  { at, limit, messages, head }: ReadPage,
): { from: number; to: number; reachesEnd: boolean } {
  const first = messages[0]?.seq;
  const last = messages.at(-1)?.seq;
  const whole = messages.length < limit;
  const newest = Math.max(head, position);
  const begins = whole || first === undefined ? earliest : first;
  if (at === 'newest') return { from: begins, to: newest, reachesEnd: true };
  if ('before' in at) return { from: Math.min(begins, from), to, reachesEnd: false };
  const reachesEnd = whole || last === undefined;
  return {
    from: 'from' in at ? Math.min(at.from, newest + 1) : from,
    to: reachesEnd ? newest : last,
    reachesEnd,
  };
}

/** What is counted as not seen stays so when it leaves the window or comes back. */
function counted(timeline: Timeline, before: Timeline): Timeline {
  const missed = isDetached(timeline) ? Math.max(0, unseen(before) - unseen({ ...timeline, missed: 0 })) : 0;
  return missed === timeline.missed ? timeline : { ...timeline, missed };
}

/** Whether the window is still where it was when the page was asked for. */
function fits({ opened, from, to }: Timeline, at: PagePlace): boolean {
  if (at === 'newest' || 'from' in at) return true;
  return opened && ('before' in at ? at.before === from : at.after === to);
}

/** At the first page: what is new since an earlier visit. */
function begun(timeline: Timeline, before: Timeline): Timeline {
  if (before.opened) return timeline;
  const { head } = timeline;
  const seen = Math.min(before.seen ?? head, head);
  return { ...timeline, seen, newFrom: seen > 0 && seen < head ? seen + 1 : timeline.newFrom };
}

function quoted(timeline: Timeline, seq: number, message: Message | undefined): Timeline {
  const quotes = new Map(timeline.quotes);
  const changes = timeline.recent.filter(isChange).filter((change) => change.type !== 'channel');
  const current = changes
    .filter(({ target }) => target === seq)
    .reduce<Message | undefined>((quote, change) => quote && foldedQuote(quote, change), message);
  quotes.set(seq, current ?? 'missing');
  const [oldest] = quotes.keys();
  if (quotes.size > MAX_QUOTES && oldest !== undefined) quotes.delete(oldest);
  return { ...timeline, quotes };
}

function reset(
  timeline: Timeline,
  { reason, from, head }: Pick<ResetEvent, 'reason' | 'from' | 'head'>,
): Timeline {
  if (reason === 'epoch' || reason === 'ahead') {
    const { opened, echoes, following, visible, me } = timeline;
    return {
      ...emptyTimeline(head, me),
      echoes,
      following,
      visible,
      head,
      position: from - 1,
      recentFrom: from,
      rebuilt: timeline.rebuilt || (opened && timeline.head > 0),
    };
  }
  const { position, to } = timeline;
  if (position !== undefined && from <= position + 1) return timeline;
  const attached = timeline.opened && !isDetached(timeline);
  return {
    ...timeline,
    gaps: attached && to > 0 ? [...timeline.gaps, { after: to, before: from }] : timeline.gaps,
    to: attached ? Math.max(to, from - 1) : to,
    head: Math.max(timeline.head, head),
    quotes: new Map(),
    position: from - 1,
    recent: [],
    recentFrom: from,
  };
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

/** It was read on another device; what is drawn as new stays so until it is looked at. */
function read(timeline: Timeline, seq: number): Timeline {
  return timeline.seen !== undefined && timeline.seen >= seq ? timeline : { ...timeline, seen: seq };
}

/** Notes what was seen, or from where on it was not. */
function noticed(timeline: Timeline): Timeline {
  const { opened, following, visible, to, position, seen, newFrom } = timeline;
  if (!opened) return timeline;
  const newest = Math.max(to, position ?? 0);
  if (following && visible && !isDetached(timeline))
    return seen !== undefined && seen >= newest ? timeline : { ...timeline, seen: newest };
  return newFrom === undefined && seen !== undefined && unseen(timeline) > 0
    ? { ...timeline, newFrom: seen + 1 }
    : timeline;
}

function sent(timeline: Timeline, echo: Echo): Timeline {
  const isHere =
    timeline.echoes.some(({ key }) => key === echo.key) ||
    timeline.messages.some((message) => isMessageOf(message, echo, timeline.me));
  return isHere ? timeline : { ...timeline, echoes: [...timeline.echoes, echo] };
}

/** Echoes whose message has come are done. */
function settled(timeline: Timeline, messages: readonly Message[]): Timeline {
  if (timeline.echoes.length === 0) return timeline;
  const echoes = timeline.echoes.filter(
    (echo) => !messages.some((message) => isMessageOf(message, echo, timeline.me)),
  );
  return echoes.length === timeline.echoes.length ? timeline : { ...timeline, echoes };
}

/** Keys are their authors' choice: another's message with the same is not ours. Who took a name meanwhile is `me`. */
function isMessageOf({ key, author }: Message, echo: Echo, me: string | undefined): boolean {
  return key === echo.key && (author.id === echo.author.id || author.id === me);
}

function done(timeline: Timeline, id: string, seq: number | undefined): Timeline {
  const pending = timeline.pending.map((each) => (each.id === id ? { ...each, done: true, seq } : each));
  return withPendingSettled({ ...timeline, pending }, []);
}

/** What the log has told of is no longer pending; the log may tell before the server answers. */
function withPendingSettled(timeline: Timeline, changes: readonly Change[]): Timeline {
  const { pending, position = 0, me } = timeline;
  if (pending.length === 0) return timeline;
  const own = changes.filter(({ author }) => author.id === me);
  const left = pending.filter((each) => {
    if (each.seq !== undefined && each.seq <= position) return false;
    return !(each.done && isThere(timeline, each)) && !own.some((change) => isOf(each, change));
  });
  return left.length === pending.length ? timeline : { ...timeline, pending: left };
}

/** Whether the message is already as it was to become; or is not here to be seen. */
function isThere(timeline: Timeline, pending: Pending): boolean {
  const held = heldAt(timeline, pending.target);
  if (held === undefined || held.deletedAt !== undefined) return true;
  if (pending.kind === 'edit') return held.body === pending.body;
  if (pending.kind === 'delete') return false;
  const put = held.reactions?.find(({ emoji }) => emoji === pending.emoji);
  return (put?.mine === true) === (pending.op === 'add');
}

function isOf(pending: Pending, change: Change): boolean {
  if (change.type !== pending.kind || change.target !== pending.target) return false;
  if (change.type === 'edit') return pending.kind === 'edit' && change.body === pending.body;
  if (change.type === 'delete') return true;
  return pending.kind === 'reaction' && change.emoji === pending.emoji && change.op === pending.op;
}

function trimmed(timeline: Timeline, keep: 'newest' | 'oldest'): Timeline {
  const { messages } = timeline;
  if (messages.length <= MAX_HELD) return timeline;
  if (keep === 'newest') {
    const kept = messages.slice(-MAX_HELD);
    return { ...timeline, messages: kept, from: kept[0]?.seq ?? timeline.from };
  }
  const kept = messages.slice(0, MAX_HELD);
  return { ...timeline, messages: kept, to: kept.at(-1)?.seq ?? timeline.to };
}

/** What is held stays the same object: its row need not be drawn again. */
function merge(held: readonly Held[], incoming: readonly Held[]): readonly Held[] {
  if (incoming.length === 0) return held;
  const last = held.at(-1)?.seq ?? 0;
  if (incoming.every(({ seq }, index) => seq > (incoming[index - 1]?.seq ?? last)))
    return [...held, ...incoming];
  const bySeq = new Map(held.map((message) => [message.seq, message]));
  for (const message of incoming) if (!bySeq.has(message.seq)) bySeq.set(message.seq, message);
  return [...bySeq.values()].sort((a, b) => a.seq - b.seq);
}

/** As the stream or a post's answer gives it: reactions come after it. */
function streamed(message: Message): Held {
  return { ...message, asOf: message.seq };
}

/** Where in the list the message with this seq is, or would be. */
function indexOf(messages: readonly Held[], seq: number): number {
  let low = 0;
  let high = messages.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((messages[middle]?.seq ?? 0) < seq) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isChange(event: LogEvent): event is Change {
  return 'type' in event;
}

function isMessage(event: LogEvent): event is Message {
  return !isChange(event);
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
