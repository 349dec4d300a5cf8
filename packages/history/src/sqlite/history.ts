import { type Author, type LogEvent, mentionsIn } from '@carillon/protocol';
import type { ChannelAccess } from '../access.ts';
import type {
  Appended,
  ChangeDraft,
  Changed,
  ChannelSummary,
  Draft,
  ExtentWithTimes,
  History,
  Page,
  PageAsked,
  Pin,
  Retention,
  Revision,
  SchemaVersion,
  SeqRange,
  Unpublished,
} from '../history.ts';
import { HistoryBusy } from '../history-errors.ts';
import { postedOf } from '../posted.ts';
import { ALL_CHANNELS, type ReadScope } from '../read-scope.ts';
import { GUEST_READS_DAYS, READS_DAYS, type Reads } from '../reads.ts';
import type { Search } from '../search.ts';
import type { Tickets } from '../tickets.ts';
import { Turns } from '../turns.ts';
import { TooManyWebhooks, type Webhooks } from '../webhooks.ts';
import { accessOf } from './access.ts';
import { indexInTurns } from './index-turns.ts';
import type { StoreReads } from './reader.ts';
import { retainIn } from './retain.ts';
import { SCHEMA_VERSION } from './schema.ts';
import { StoreThread } from './thread.ts';
import type { WriterOpened, Writes } from './writer.ts';

/** Read cursors deleted in one transaction. */
const SWEEP_STEP = 500;

/** Default limit for bytes of bodies in a page. */
const DEFAULT_PAGE_BYTES = 16 * 1024 * 1024;

/** Waiting long reads: readers of a node that reconnect at once, each with the next piece of what it missed. */
const MAX_READS_WAITING = 20_000;

/** A read that waited longer is not started, ms: its reader was told that the store is slow, and asks again. */
const READ_PATIENCE_MS = 10_000;

/** Opens the store in a file, and creates it if it does not exist. */
export async function openSqliteFile(file: string): Promise<History> {
  const { thread: writer, report } = await StoreThread.start<Writes, WriterOpened>('writer', file);
  try {
    const { thread: reader } = await StoreThread.start<StoreReads, undefined>('reader', file);
    return new SqliteHistory(report.epoch, { file, writer, reader });
  } catch (error) {
    await writer.close();
    throw error;
  }
}

interface Threads {
  file: string;
  writer: StoreThread<Writes>;
  reader: StoreThread<StoreReads>;
}

/** The History of a SQLite file. One process has it open, and its threads do everything that waits for the disk. */
class SqliteHistory implements History {
  readonly epoch: string;
  readonly webhooks: Webhooks;
  readonly access: ChannelAccess;
  readonly reads: Reads;
  readonly tickets: Tickets;
  readonly search: Search;
  readonly #threads: Threads;
  /** Long reads run one at a time, so that people's pages are served in between. */
  readonly #longReads = new Turns({
    atOnce: 1,
    waiting: MAX_READS_WAITING,
    patienceMs: READ_PATIENCE_MS,
    refusal: () => new HistoryBusy('too many reads are waiting'),
  });
  /** Searches have a thread of their own, started with the first search: one may take seconds. */
  #searcher: Promise<StoreThread<StoreReads>> | undefined;
  /** Counts commits to logs: nobody else commits. */
  readonly #commits: { count: number };
  /** The value of that counter when nothing was unpublished. */
  #publishedAt = -1;

  constructor(epoch: string, threads: Threads) {
    const { writer, reader } = threads;
    const commits = { count: 0 };
    this.epoch = epoch;
    this.#threads = threads;
    this.#commits = commits;
    this.webhooks = webhooksOf(writer, reader);
    this.access = accessOf(writer, reader, commits);
    this.reads = readsOf(writer, reader);
    this.tickets = {
      issue: (ticket) => writer.call('issueTicket', ticket),
      redeem: (hash) => writer.call('redeemTicket', hash),
    };
    this.search = {
      find: async (request) => (await this.#searching()).call('find', request),
      index: indexInTurns(
        (after, events) => this.#longReads.take(() => reader.call('unindexed', after, events)),
        (read) => writer.call('putIndexed', read),
        commits,
      ),
    };
  }

  async append(drafts: readonly Draft[]): Promise<Appended[]> {
    if (drafts.length === 0) return [];
    const read = drafts.map((draft) => ({ ...draft, mentions: mentionsIn(draft.body) }));
    const { seqs, times, others } = await this.#committing(this.#threads.writer.call('append', read));
    return drafts.map((draft, index) => {
      const other = others.get(index);
      if (other !== undefined) return other;
      const createdAt = new Date(times[index] as number).toISOString();
      return { outcome: 'created', message: postedOf(draft, seqs[index] as number, createdAt) };
    });
  }

  async change(draft: ChangeDraft, of?: Author): Promise<Changed> {
    const mentions = draft.type === 'edit' ? mentionsIn(draft.body) : [];
    return this.#committing(this.#threads.writer.call('change', { draft, mentions, of }));
  }

  get(channel: string, seq: number): Promise<LogEvent | undefined> {
    return this.#threads.reader.call('event', channel, seq);
  }

  after(channel: string, after: number, limit: number, maxBytes = DEFAULT_PAGE_BYTES): Promise<LogEvent[]> {
    return this.#longReads.take(() => this.#threads.reader.call('after', channel, after, limit, maxBytes));
  }

  messages(channel: string, asked: PageAsked): Promise<Page> {
    return this.#threads.reader.call('page', channel, asked);
  }

  revisions(channel: string, seq: number, after: number, limit: number): Promise<Revision[]> {
    return this.#threads.reader.call('revisions', channel, seq, after, limit);
  }

  pins(channel: string): Promise<Pin[]> {
    return this.#threads.reader.call('pins', channel);
  }

  async extents(
    channels: readonly string[],
    ranges: readonly SeqRange[] = [],
  ): Promise<Map<string, ExtentWithTimes>> {
    if (channels.length === 0) return new Map();
    return this.#threads.reader.call('extents', channels, ranges);
  }

  seqBefore(channel: string, ageMs: number): Promise<number> {
    return this.#threads.reader.call('seqBefore', channel, ageMs);
  }

  channels(
    after: string | undefined,
    limit: number,
    scope: ReadScope = ALL_CHANNELS,
  ): Promise<ChannelSummary[]> {
    return this.#threads.reader.call('channels', after ?? '', limit, scope);
  }

  async unpublished(ageMs: number, limit: number): Promise<Unpublished[]> {
    const { count } = this.#commits;
    if (this.#publishedAt === count) return [];
    const found = await this.#threads.reader.call('unpublished', ageMs, limit);
    if (found.length === 0 && ageMs === 0) this.#publishedAt = count;
    return found;
  }

  markPublished(ranges: readonly SeqRange[]): Promise<void> {
    return this.#threads.writer.call('markPublished', ranges);
  }

  retain(retention: Retention): Promise<number> {
    return retainIn(this.#threads.writer, this.#threads.reader, retention);
  }

  /** Also counts failed commits: their outcome may be unknown. */
  async #committing<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } finally {
      this.#commits.count += 1;
    }
  }

  #searching(): Promise<StoreThread<StoreReads>> {
    this.#searcher ??= StoreThread.start<StoreReads, undefined>('reader', this.#threads.file).then(
      ({ thread }) => thread,
      (error: unknown) => {
        // The next search tries again.
        this.#searcher = undefined;
        throw error;
      },
    );
    return this.#searcher;
  }

  ping(): Promise<void> {
    return this.#threads.writer.call('ping');
  }

  async schema(): Promise<SchemaVersion> {
    return { applied: await this.#threads.reader.call('schema'), known: SCHEMA_VERSION };
  }

  async close(): Promise<void> {
    const { writer, reader } = this.#threads;
    await Promise.all([reader.close(), this.#searcher?.then((searcher) => searcher.close())]);
    // The last connection to close writes the log into the file.
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
