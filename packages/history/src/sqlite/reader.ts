import { workerData } from 'node:worker_threads';
import type { SanctionKind } from '../access.ts';
import type { PageAsked, SeqRange } from '../history.ts';
import type { ReadScope } from '../read-scope.ts';
import type { Reader } from '../reads.ts';
import type { SearchRequest } from '../search.ts';
import {
  readAccessChanges,
  readActiveSanctions,
  readAudit,
  readMembers,
  readSanctions,
  readSettings,
  readStates,
} from './access-reads.ts';
import { Connection } from './connection.ts';
import { readUnindexed } from './indexing.ts';
import { readAfter, readChannels, readEvent, readExtents } from './log.ts';
import { readLeadingRun, readSeqBefore } from './log-time.ts';
import { readPage, readRevisions } from './page.ts';
import { readPins } from './pins.ts';
import { readUnpublished } from './published.ts';
import { readOverview } from './read-cursors.ts';
import { type Bounds, readOverBounds } from './retention.ts';
import { schemaVersion } from './schema.ts';
import { find } from './search.ts';
import { answered, serve } from './serve.ts';
import { countWebhooks, readDueWebhooks, readDueWebhooksOf, readWebhook, readWebhooks } from './webhooks.ts';

/* A thread that reads, beside the thread that writes. */

function readsOf(connection: Connection) {
  return {
    event: (channel: string, seq: number) => readEvent(connection, channel, seq),
    after: (channel: string, after: number, limit: number, maxBytes: number) =>
      readAfter(connection, channel, after, limit, maxBytes),
    page: (channel: string, asked: PageAsked) => readPage(connection, channel, asked),
    revisions: (channel: string, seq: number, after: number, limit: number) =>
      readRevisions(connection, channel, seq, after, limit),
    pins: (channel: string) => readPins(connection, channel),
    extents: (channels: readonly string[], ranges: readonly SeqRange[]) =>
      readExtents(connection, channels, ranges),
    seqBefore: (channel: string, ageMs: number) => readSeqBefore(connection, channel, ageMs),
    leadingRun: (channel: string, ageMs: number, from: number, limit: number) =>
      readLeadingRun(connection, channel, ageMs, from, limit),
    channels: (after: string, limit: number, scope: ReadScope) =>
      readChannels(connection, after, limit, scope),
    unpublished: (ageMs: number, limit: number) => readUnpublished(connection, ageMs, limit),
    overBounds: (after: string, bounds: Bounds, limit: number) =>
      readOverBounds(connection, after, bounds, limit),
    schema: () => schemaVersion(connection),
    settings: (channel: string) => readSettings(connection, channel),
    members: (channel: string, after: string, limit: number) =>
      readMembers(connection, channel, after, limit),
    sanctions: (kind: SanctionKind, channel: string | undefined, after: string, limit: number) =>
      readSanctions(connection, kind, channel, after, limit),
    audit: (channel: string | undefined, before: number | undefined, limit: number) =>
      readAudit(connection, channel, before, limit),
    accessChanges: (version: number) => readAccessChanges(connection, version),
    states: (channels: readonly string[]) => readStates(connection, channels),
    activeSanctions: (people: readonly string[] | undefined) => readActiveSanctions(connection, people),
    overview: (channels: readonly string[], reader: Reader | undefined) =>
      readOverview(connection, channels, reader),
    find: (request: SearchRequest) => find(connection, request),
    unindexed: (after: number, events: number) => readUnindexed(connection, after, events),
    webhooks: (channel: string) => readWebhooks(connection, channel),
    webhook: (channel: string, id: string) => readWebhook(connection, channel, id),
    dueWebhooks: (after: string, limit: number) => readDueWebhooks(connection, after, limit),
    dueWebhooksOf: (channels: readonly string[]) => readDueWebhooksOf(connection, channels),
    webhookCounts: () => countWebhooks(connection),
  };
}

export type StoreReads = ReturnType<typeof readsOf>;

serve({
  open() {
    const connection = Connection.reader((workerData as { file: string }).file);
    return { store: { connection, reads: readsOf(connection) }, report: undefined };
  },
  answer: ({ connection, reads }, calls) =>
    calls.map(({ id, name, args }) => {
      const read = reads[name as keyof StoreReads] as (...args: readonly unknown[]) => unknown;
      return answered(id, () => connection.snapshot(() => read(...args)));
    }),
  close: ({ connection }) => connection.close(),
});
