import { type Author, type LogEvent, mentionsIn } from '@carillon/protocol';
import type { ChannelAccess } from '../access.ts';
import type {
  Appended,
  ChangeDraft,
  Changed,
  ChannelSummary,
  Draft,
  Extent,
  History,
  Page,
  PageAsked,
  Retention,
  Revision,
  SchemaVersion,
  Stretch,
  Unpublished,
} from '../history.ts';
import { ALL_CHANNELS, type ReadScope } from '../read-scope.ts';
import { GUEST_READS_DAYS, READS_DAYS, type Reads } from '../reads.ts';
import type { Search } from '../search.ts';
import type { Tickets } from '../tickets.ts';
import { TooManyWebhooks, type Webhooks } from '../webhooks.ts';
import type { StoreReads } from './reader.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { StoreThread } from './thread.ts';
import type { WriterOpened, Writes } from './writer.ts';

/** Events dropped in one transaction: posts wait for some milliseconds. */
const DROP_STEP = 1_000;

/** Channels looked at in one step of retention. */
const RETAIN_CHANNELS = 2_000;

/** Read cursors dropped in one transaction. */
const SWEEP_STEP = 500;

/** Events indexed in one turn, over its channels. */
const EVENTS_PER_TURN = 256;

/** Bytes of bodies in a page where the caller names no bound. */
const DEFAULT_PAGE_BYTES = 16 * 1024 * 1024;

/** Opens the store in a file, which is made where it is not there. */
export async function openSqliteFile(file: string): Promise<History> {
  const writer = await StoreThread.start<Writes, WriterOpened>('writer', file);
  try {
    const readers = await Promise.all([
      StoreThread.start<StoreReads, undefined>('reader', file),
      StoreThread.start<StoreReads, undefined>('reader', file),
    ]);
    const [{ thread: pages }, { thread: replays }] = readers;
    return new SqliteHistory(writer.told.epoch, { writer: writer.thread, pages, replays });
  } catch (error) {
    await writer.thread.close();
    throw error;
  }
}

interface Threads {
  writer: StoreThread<Writes>;
  /** What people wait for: pages, lists, one event. */
  pages: StoreThread<StoreReads>;
  /** What takes longer: what somebody missed, a search, what is to be indexed. */
  replays: StoreThread<StoreReads>;
}

/** The History of a SQLite file. One process has it, and its threads do all that waits for the disk. */
class SqliteHistory implements History {
  readonly epoch: string;
  readonly webhooks: Webhooks;
  readonly access: ChannelAccess;
  readonly reads: Reads;
  readonly tickets: Tickets;
  readonly search: Search;
  readonly #threads: Threads;
  /** Counts what was committed to logs here: nobody else commits. */
  readonly #commits: { count: number };
  /** When nothing was unpublished, by that count. */
  #publishedAt = -1;

  constructor(epoch: string, threads: Threads) {
    const { writer, pages, replays } = threads;
    const commits = { count: 0 };
    this.epoch = epoch;
    this.#threads = threads;
    this.#commits = commits;
    this.webhooks = webhooksOf(writer, pages);
    this.access = accessOf(writer, pages, commits);
    this.reads = readsOf(writer, pages);
    this.tickets = {
      issue: (ticket) => writer.call('issueTicket', ticket),
      redeem: (hash) => writer.call('redeemTicket', hash),
    };
    this.search = searchOf(writer, replays, commits);
  }

  async append(drafts: readonly Draft[]): Promise<Appended[]> {
    if (drafts.length === 0) return [];
    const read = drafts.map((draft) => ({ ...draft, mentions: mentionsIn(draft.body) }));
    const { seqs, times, others } = await this.#threads.writer.call('append', read);
    this.#commits.count += 1;
    return drafts.map((draft, index) => {
      const other = others.get(index);
      if (other !== undefined) return other;
      const { channel, author, body, replyTo, key } = draft;
      return {
        outcome: 'created',
        message: {
          channel,
          seq: seqs[index] as number,
          author,
          body,
          ...(replyTo === undefined ? {} : { replyTo }),
          createdAt: new Date(times[index] as number).toISOString(),
          ...(key === undefined ? {} : { key }),
        },
      };
    });
  }

  async change(draft: ChangeDraft, of?: Author): Promise<Changed> {
    const mentions = draft.type === 'edit' ? mentionsIn(draft.body) : [];
    const changed = await this.#threads.writer.call('change', { draft, mentions, of });
    this.#commits.count += 1;
    return changed;
  }

  get(channel: string, seq: number): Promise<LogEvent | undefined> {
    return this.#threads.pages.call('event', channel, seq);
  }

  after(channel: string, after: number, limit: number, maxBytes = DEFAULT_PAGE_BYTES): Promise<LogEvent[]> {
    return this.#threads.replays.call('after', channel, after, limit, maxBytes);
  }

  messages(channel: string, asked: PageAsked): Promise<Page> {
    return this.#threads.pages.call('page', channel, asked);
  }

  revisions(channel: string, seq: number, after: number, limit: number): Promise<Revision[]> {
    return this.#threads.pages.call('revisions', channel, seq, after, limit);
  }

  async extents(channels: readonly string[]): Promise<Map<string, Extent>> {
    if (channels.length === 0) return new Map();
    return this.#threads.pages.call('extents', channels);
  }

  seqBefore(channel: string, ageMs: number): Promise<number> {
    return this.#threads.pages.call('seqBefore', channel, ageMs);
  }

  channels(
    after: string | undefined,
    limit: number,
    scope: ReadScope = ALL_CHANNELS,
  ): Promise<ChannelSummary[]> {
    return this.#threads.pages.call('channels', after ?? '', limit, scope);
  }

  async unpublished(ageMs: number, limit: number): Promise<Unpublished[]> {
    const { count } = this.#commits;
    if (this.#publishedAt === count) return [];
    const found = await this.#threads.pages.call('unpublished', ageMs, limit);
    if (found.length === 0 && ageMs === 0) this.#publishedAt = count;
    return found;
  }

  markPublished(stretches: readonly Stretch[]): Promise<void> {
    return this.#threads.writer.call('markPublished', stretches);
  }

  async retain({ channel, maxAgeMs, maxCount }: Retention): Promise<number> {
    const bounds = { maxAgeMs, maxCount };
    if (channel !== undefined) return this.#drop(channel, bounds);
    let dropped = 0;
    for (let after: string | undefined = ''; after !== undefined; ) {
      const looked: { over: string[]; last: string | undefined } = await this.#threads.pages.call(
        'overBounds',
        after,
        bounds,
        RETAIN_CHANNELS,
      );
      for (const name of looked.over) dropped += await this.#drop(name, bounds);
      after = looked.last;
    }
    return dropped;
  }

  /** Step by step: posts go on in between. */
  async #drop(
    channel: string,
    bounds: { maxAgeMs: number | undefined; maxCount: number | undefined },
  ): Promise<number> {
    let dropped = 0;
    for (let step = DROP_STEP; step === DROP_STEP; dropped += step) {
      step = await this.#threads.writer.call('dropOldest', channel, bounds, DROP_STEP);
    }
    return dropped;
  }

  ping(): Promise<void> {
    return this.#threads.writer.call('ping');
  }

  async schema(): Promise<SchemaVersion> {
    return { applied: await this.#threads.pages.call('schema'), known: SCHEMA_VERSION };
  }

  async close(): Promise<void> {
    const { writer, pages, replays } = this.#threads;
    await Promise.all([pages.close(), replays.close()]);
    // The last one to close takes the log into the file.
    await writer.close();
  }
}

function webhooksOf(writer: StoreThread<Writes>, reader: StoreThread<StoreReads>): Webhooks {
  return {
    async create(webhook) {
      const made = await writer.call('createWebhook', webhook);
      if (made === undefined) throw new TooManyWebhooks();
      return made;
    },
    list: (channel) => reader.call('webhooks', channel),
    get: (channel, id) => reader.call('webhook', channel, id),
    delete: (channel, id) => writer.call('deleteWebhook', channel, id),
    resume: (channel, id) => writer.call('resumeWebhook', channel, id),
    dueOf: async (channels) => (channels.length === 0 ? [] : reader.call('dueWebhooksOf', channels)),
    counts: () => reader.call('webhookCounts'),
    due: (after, limit) => reader.call('dueWebhooks', after, limit),
    claim: (id, holder, leaseMs) => writer.call('claimWebhook', id, holder, leaseMs),
    advance: (id, holder, move) => writer.call('advanceWebhook', id, holder, move),
    postpone: (id, holder, failure) => writer.call('postponeWebhook', id, holder, failure),
    pause: (id, holder, pause) => writer.call('pauseWebhook', id, holder, pause),
    release: (id, holder) => writer.call('releaseWebhook', id, holder),
  };
}

function accessOf(
  writer: StoreThread<Writes>,
  reader: StoreThread<StoreReads>,
  commits: { count: number },
): ChannelAccess {
  const committed = async <T>(work: Promise<T>): Promise<T> => {
    const done = await work;
    commits.count += 1;
    return done;
  };
  return {
    create: (channel, by) => committed(writer.call('createChannel', channel, by)),
    configure: (channel, given, by) => committed(writer.call('configureChannel', channel, given, by)),
    settings: (channel) => reader.call('settings', channel),
    members: (channel, after, limit) => reader.call('members', channel, after, limit),
    setMember: (channel, member, by) => writer.call('setMember', channel, member, by),
    removeMember: (channel, person, by) => writer.call('removeMember', channel, person, by),
    sanction: (sanction) => writer.call('putSanction', sanction),
    lift: (sanction) => writer.call('liftSanction', sanction),
    sanctions: (kind, channel, after, limit) => reader.call('sanctions', kind, channel, after, limit),
    revoke: (revocation, by) => writer.call('revoke', revocation, by),
    unrevoke: (person, by) => writer.call('unrevoke', person, by),
    audit: (channel, before, limit) => reader.call('audit', channel, before, limit),
    changes: (version) => reader.call('accessChanges', version),
    states: async (channels) => (channels.length === 0 ? new Map() : reader.call('states', channels)),
    standing: (people) => reader.call('standing', people),
  };
}

function readsOf(writer: StoreThread<Writes>, reader: StoreThread<StoreReads>): Reads {
  return {
    mark: (person, channel, seq) =>
      writer.call('markRead', person, channel, seq, person.guest ? GUEST_READS_DAYS : READS_DAYS),
    overview: async (channels, person) =>
      channels.length === 0 ? new Map() : reader.call('overview', channels, person),
    async sweep() {
      let dropped = 0;
      for (let step = SWEEP_STEP; step === SWEEP_STEP; dropped += step) {
        step = await writer.call('sweepReads', SWEEP_STEP);
      }
      return dropped;
    },
  };
}

function searchOf(
  writer: StoreThread<Writes>,
  reader: StoreThread<StoreReads>,
  commits: { count: number },
): Search {
  /** Channels take turns: the next look begins behind this one's id. */
  let after = 0;
  /** When all was indexed, by the count of commits. */
  let indexedAt = -1;
  /** One turn after the other: two would read the same. */
  let turn: Promise<unknown> = Promise.resolve();

  async function index(events: number) {
    const { count } = commits;
    if (indexedAt === count) return { messages: 0, behind: 0, more: false };
    const read = await reader.call('unindexed', after, events);
    after = read.next;
    if (read.stretches.length === 0) {
      if (!read.more) indexedAt = count;
      return { messages: 0, behind: 0, more: read.more };
    }
    const done = await writer.call('putIndexed', read);
    return { ...done, more: read.more || done.behind > 0 };
  }

  return {
    find: (request) => reader.call('find', request),
    index(events = EVENTS_PER_TURN) {
      const next = turn.then(() => index(events));
      turn = next.catch(() => {});
      return next;
    },
  };
}
