import { workerData } from 'node:worker_threads';
import type { Author } from '@carillon/protocol';
import type { NewChannel, NewSanction, Role, Sanction } from '../access.ts';
import type { SeqRange } from '../history.ts';
import type { Reader } from '../reads.ts';
import type { NewTicket } from '../tickets.ts';
import type { NewWebhook, PauseReason } from '../webhooks.ts';
import {
  configureChannel,
  createChannel,
  liftSanction,
  putSanction,
  removeMember,
  revoke,
  setMember,
  unrevoke,
} from './access-writes.ts';
import { append, type ReadDraft } from './append.ts';
import { change, type ReadChange } from './change.ts';
import { Connection } from './connection.ts';
import { type Failure, failureOf } from './failure.ts';
import { fileIdentity } from './file-identity.ts';
import { putIndexed, type Unindexed } from './indexing.ts';
import { takeLock } from './lock.ts';
import { PublishedAhead } from './published.ts';
import { markRead, sweepReads } from './read-cursors.ts';
import { dropOldest } from './retention.ts';
import { Room } from './room.ts';
import { expectOurs, migrate } from './schema.ts';
import { type Answer, answered, type Call, serve } from './serve.ts';
import { issueTicket, redeemTicket } from './tickets.ts';
import {
  advanceWebhook,
  claimWebhook,
  createWebhook,
  deleteWebhook,
  pauseWebhook,
  postponeWebhook,
  releaseWebhook,
  resumeWebhook,
} from './webhooks.ts';

/*
 * The thread that writes. All calls that have arrived meanwhile are committed in one transaction, each call as a part
 * of it: under load, calls share the cost of a sync.
 */

/** What the thread reports when it has opened the store. */
export interface WriterOpened {
  epoch: string;
}

function writesOf(connection: Connection, room: Room) {
  const ahead = new PublishedAhead();
  return {
    append: (drafts: readonly ReadDraft[]) => append(connection, drafts),
    change: (wanted: ReadChange) => change(connection, wanted),
    markPublished: (ranges: readonly SeqRange[]) => ahead.mark(connection, ranges),
    dropOldest: (channel: string, down: Parameters<typeof dropOldest>[2], step: number) =>
      dropOldest(connection, channel, down, step),
    ping: () => {
      connection.run(`update meta set value = ? where name = 'ping'`, String(Date.now()));
      room.expectRoom();
    },
    createChannel: (channel: NewChannel, by: Author) => createChannel(connection, channel, by),
    configureChannel: (channel: string, given: Parameters<typeof configureChannel>[2], by: Author) =>
      configureChannel(connection, channel, given, by),
    setMember: (channel: string, member: { person: Author; role: Role }, by: Author) =>
      setMember(connection, channel, member, by),
    removeMember: (channel: string, person: string, by: Author) =>
      removeMember(connection, channel, person, by),
    putSanction: (sanction: NewSanction) => putSanction(connection, sanction),
    liftSanction: (sanction: Pick<Sanction, 'kind' | 'person' | 'channel' | 'by' | 'rank'>) =>
      liftSanction(connection, sanction),
    revoke: (revocation: { person: string; session?: string; ms: number }, by: Author | undefined) =>
      revoke(connection, revocation, by),
    unrevoke: (person: string, by: Author) => unrevoke(connection, person, by),
    markRead: (reader: Reader, channel: string, seq: number, days: number) =>
      markRead(connection, reader, channel, seq, days),
    sweepReads: (step: number) => sweepReads(connection, step),
    issueTicket: (ticket: NewTicket) => issueTicket(connection, ticket),
    redeemTicket: (hash: string) => redeemTicket(connection, hash),
    putIndexed: (read: Unindexed) => putIndexed(connection, read.ranges),
    createWebhook: (webhook: NewWebhook) => createWebhook(connection, webhook),
    deleteWebhook: (channel: string, id: string) => deleteWebhook(connection, channel, id),
    resumeWebhook: (channel: string, id: string) => resumeWebhook(connection, channel, id),
    claimWebhook: (id: string, holder: string, leaseMs: number) =>
      claimWebhook(connection, id, holder, leaseMs),
    advanceWebhook: (id: string, holder: string, move: Parameters<typeof advanceWebhook>[3]) =>
      advanceWebhook(connection, id, holder, move),
    postponeWebhook: (id: string, holder: string, failure: { error: string; delayMs: number }) =>
      postponeWebhook(connection, id, holder, failure),
    pauseWebhook: (id: string, holder: string, pause: { error: string; reason: PauseReason }) =>
      pauseWebhook(connection, id, holder, pause),
    releaseWebhook: (id: string, holder: string) => releaseWebhook(connection, id, holder),
  };
}

export type Writes = ReturnType<typeof writesOf>;

/** Writes that are simply repeated if a crash loses them: their commit does not wait for the disk. */
const RELAXED: ReadonlySet<string> = new Set<keyof Writes>([
  'markPublished',
  'dropOldest',
  'markRead',
  'sweepReads',
  'putIndexed',
  'releaseWebhook',
]);

interface Writer {
  connection: Connection;
  room: Room;
  writes: Writes;
  unlock: () => void;
}

serve<Writer>({
  open() {
    const { file } = workerData as { file: string };
    const connection = Connection.writer(file);
    let unlock = () => {};
    try {
      // Before any file is created beside it or changed.
      expectOurs(connection);
      unlock = takeLock(file);
      connection.keepLog();
      const { epoch } = migrate(connection, fileIdentity(file));
      // A killed process may leave a long log: write it into the file now, and not with the first post.
      connection.execute('pragma wal_checkpoint(truncate)');
      const room = new Room(file);
      return {
        store: { connection, room, writes: writesOf(connection, room), unlock },
        report: { epoch } satisfies WriterOpened,
      };
    } catch (error) {
      connection.close();
      unlock();
      throw error;
    }
  },
  answer({ connection, room, writes }, calls) {
    const answers = commit(connection, writes, calls);
    if (answers.some((answer) => 'failure' in answer && answer.failure.kind === 'full')) room.noteFull();
    return answers;
  },
  close({ connection, unlock }) {
    connection.close();
    unlock();
  },
});

/** Either all of it reaches the disk or nothing; a call that throws is rolled back separately. */
function commit(connection: Connection, writes: Writes, calls: readonly Call[]): Answer[] {
  connection.wait(calls.some(({ name }) => !RELAXED.has(name)));
  try {
    return connection.transaction(() =>
      calls.map(({ id, name, args }) => {
        const write = writes[name as keyof Writes] as (...args: readonly unknown[]) => unknown;
        const answer = answered(id, () => connection.part(() => write(...args)));
        // SQLite has rolled back the whole transaction.
        if ('failure' in answer && !connection.isInTransaction) throw new TakenBack(answer.failure);
        return answer;
      }),
    );
  } catch (error) {
    const failure = error instanceof TakenBack ? error.failure : failureOf(error);
    return calls.map(({ id }) => ({ id, failure }));
  }
}

/** SQLite has rolled back the transaction because of one call. */
class TakenBack extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.message);
    this.failure = failure;
  }
}
