import {
  type Author,
  type Carillon,
  CarillonError,
  type DeniedEvent,
  type Message,
  newKey,
  type OpenEvent,
  type PresenceEvent,
  type StreamState,
  type Subscription,
} from '@carillon/client';
import { createOutbox } from './outbox.ts';
import { createStore, type Store } from './state/store.ts';
import { advance, emptyTimeline, hasOlder, type Timeline, type TimelineAction } from './state/timeline.ts';

/** What the page shows of a channel. */
export interface Conversation {
  readonly channel: string;
  readonly timeline: Store<Timeline>;
  readonly stream: Store<StreamState>;
  /** Who is here; undefined until that is known. */
  readonly presence: Store<PresenceEvent | undefined>;
  /** What is being read, or could not be. */
  readonly paging: Store<Paging>;
  /** What the channel is about, and who may use it. */
  readonly settings: Store<Settings>;
  /** Who types, without us. */
  readonly typing: Store<readonly Author[]>;
  /** Why the channel may not be read any longer. */
  readonly denied: Store<DeniedEvent | undefined>;
  /** The message that a permalink or a jump led to; another object for each. */
  readonly marked: Store<{ seq: number } | undefined>;
  /** seq of the message that the keyboard is at. Its row stays drawn. */
  readonly active: Store<number | undefined>;
  /** What was typed and not sent; kept over a reload, as is the seq it answers. */
  draft: string;
  draftReply: number | undefined;
  /** Follows the channel, from where it was left. */
  enter(): void;
  leave(): void;
  /** Tells the others that a message is being written; as often as one likes. */
  typed(): void;
  send(body: string, author: Author, replyTo?: number): void;
  /** Each is shown at once; taken back, and rejected with a CarillonError, where the server refuses it. */
  edit(seq: number, body: string): Promise<void>;
  remove(seq: number): Promise<void>;
  react(seq: number, emoji: string): Promise<void>;
  unreact(seq: number, emoji: string): Promise<void>;
  retry(key: string): void;
  discard(key: string): void;
  /** Tells what is on screen: whether the newest message is, and whether anyone can see it. */
  look(following: boolean, visible: boolean): void;
  /** Reads messages before or after those that are held; does nothing where there are none, or while it reads. */
  load(direction: Direction): Promise<void>;
  /** Shows the newest messages. */
  toNewest(): Promise<void>;
  /** Shows a message and what was said around it, and marks it. False where there is no such message. */
  toMessage(seq: number): Promise<boolean>;
  /** Shows what was said from a date on. */
  toDate(date: Date): Promise<void>;
}

export interface Settings {
  topic?: string;
  archived: boolean;
  visibility: 'public' | 'private';
}

export type Direction = 'older' | 'newer';
export type Paging = { reading?: Direction; failed?: Direction };

/** A first screen and some to scroll. */
const FIRST_MESSAGES = 60;
const PAGE_MESSAGES = 100;
/** Further behind than this, the newest are shown, and the rest is read when somebody scrolls there. */
const TOO_FAR_BEHIND = 1_000;
/** What arrives together is drawn together: a frame. */
const GATHER_MS = 12;

/** `seen` is how far the channel was read on an earlier visit. */
export function createConversation(carillon: Carillon, channel: string, seen?: number): Conversation {
  const timeline = createStore(emptyTimeline(seen));
  const stream = createStore<StreamState>({ name: 'connecting' });
  const presence = createStore<PresenceEvent | undefined>(undefined);
  const paging = createStore<Paging>({});
  const outbox = createOutbox(carillon, channel);
  let subscription: Subscription | undefined;
  let cursor: string | undefined;
  let gathered: Message[] = [];
  let gathering: ReturnType<typeof setTimeout> | undefined;

  function apply(action: TimelineAction): void {
    showGathered();
    timeline.set(advance(timeline.get(), action));
  }

  function showGathered(): void {
    clearTimeout(gathering);
    gathering = undefined;
    if (gathered.length === 0) return;
    const messages = gathered;
    gathered = [];
    timeline.set(advance(timeline.get(), { type: 'received', messages }));
  }

  function enter(): void {
    subscription?.close();
    stream.set({ name: 'connecting' });
    subscription = carillon.subscribe([channel], {
      since: `-${FIRST_MESSAGES}`,
      ...(cursor === undefined ? {} : { cursor }),
      onMessage(message) {
        gathered.push(message);
        gathering ??= setTimeout(showGathered, GATHER_MS);
      },
      onOpen: opened,
      onPresence: presence.set,
      onReset: (reset) => apply({ type: 'reset', reset }),
      onState: stream.set,
    });
  }

  function opened({ channels }: OpenEvent): void {
    const place = channels[channel];
    if (place === undefined) return;
    if (place.head - place.from > TOO_FAR_BEHIND && timeline.get().opened) void skipAhead();
    else apply({ type: 'opened', ...place });
  }

  /** Rather than to have all that was missed sent, take the newest page and follow from the head. */
  async function skipAhead(): Promise<void> {
    leave();
    cursor = undefined;
    timeline.set({ ...timeline.get(), messages: [], gaps: [], detached: false });
    enter();
  }

  function leave(): void {
    if (subscription?.cursor !== undefined) cursor = subscription.cursor;
    subscription?.close();
    subscription = undefined;
    showGathered();
  }

  async function post(key: string, body: string): Promise<void> {
    const outcome = await outbox.post(body, key);
    if ('message' in outcome) apply({ type: 'received', messages: [outcome.message] });
    else apply({ type: 'failed', key, failure: outcome.failure });
  }

  async function read(direction: Direction, range: { before?: number; after?: number }): Promise<void> {
    paging.set({ reading: direction });
    try {
      const { messages, head, earliest } = await carillon.page(channel, { ...range, limit: PAGE_MESSAGES });
      apply({ type: 'paged', messages, head, earliest, ...range });
      paging.set({});
    } catch {
      paging.set({ failed: direction });
    }
  }

  return {
    channel,
    timeline,
    stream,
    presence,
    paging,
    settings: createStore<Settings>({ archived: false, visibility: 'public' }),
    typing: createStore<readonly Author[]>([]),
    denied: createStore<DeniedEvent | undefined>(undefined),
    marked: createStore<{ seq: number } | undefined>(undefined),
    active: createStore<number | undefined>(undefined),
    draft: '',
    draftReply: undefined,
    enter,
    leave,
    typed() {},
    edit: notYet,
    remove: notYet,
    react: notYet,
    unreact: notYet,
    toMessage: () => Promise.resolve(false),
    toDate: () => Promise.resolve(),
    send(body, author) {
      const key = newKey();
      apply({ type: 'sent', echo: { key, body, author, sentAt: new Date().toISOString() } });
      void post(key, body);
    },
    retry(key) {
      apply({ type: 'retried', key });
      const echo = timeline.get().echoes.find((each) => each.key === key);
      if (echo) void post(key, echo.body);
    },
    discard: (key) => apply({ type: 'discarded', key }),
    look: (following, visible) => apply({ type: 'looked', following, visible }),
    async load(direction) {
      if (paging.get().reading !== undefined) return;
      const held = timeline.get();
      const { messages, start, detached } = held;
      if (direction === 'older' && hasOlder(held)) await read('older', { before: messages[0]?.seq ?? start });
      if (direction === 'newer' && detached)
        await read('newer', { after: messages.at(-1)?.seq ?? start - 1 });
    },
    async toNewest() {
      apply({ type: 'looked', following: true, visible: timeline.get().visible });
      if (timeline.get().detached && paging.get().reading === undefined) await read('newer', {});
    },
  };
}

function notYet(): Promise<void> {
  return Promise.reject(new CarillonError('not_configured', 'This cannot be done from here yet'));
}
