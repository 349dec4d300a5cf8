/** The content of the queue. Redis is shared and others can write to it: a worker parses every job by these schemas. */
import { channelName } from '@carillon/protocol';
import { z } from 'zod';

/** Prefix of all keys of the queue: the same Redis may serve presence and rate limits. */
export const PREFIX = 'carillon';

/** One queue per kind of job, because they differ in duration and handling. */
export const QUEUE_NAMES = ['ping', 'webhooks', 'exports', 'upkeep'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/** 128 bits in hexadecimal: unguessable, and safe in URLs and file names. */
export const randomId = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal digits');

/** A job without parameters. */
export const pingJob = z.object({});

/** Send what this webhook has to send. */
export const deliverJob = z.object({ webhook: randomId });

export const EXPORT_FORMATS = ['ndjson', 'csv'] as const;
export const exportFormat = z.enum(EXPORT_FORMATS);
export type ExportFormat = z.infer<typeof exportFormat>;

/** The separator of CSV cells. Spreadsheets in a locale that writes 1,5 expect the semicolon. */
export const csvDelimiter = z.enum([',', ';']);
export type CsvDelimiter = z.infer<typeof csvDelimiter>;

/**
 * Write this channel to a file. For CSV only: `delimiter` (a comma by default), and `bom`, whether the file starts with
 * U+FEFF.
 */
export const exportJob = z.object({
  channel: channelName,
  format: exportFormat,
  delimiter: csvDelimiter.optional(),
  bom: z.boolean().optional(),
});
export type ExportOrder = z.infer<typeof exportJob>;

/** Progress of an export, in messages. */
export const exportProgress = z.object({ done: z.int().min(0), total: z.int().min(0) });
export type ExportProgress = z.infer<typeof exportProgress>;

/** A repeating task; the worker finds it by its name. */
export const upkeepJob = z.object({ task: z.string().min(1).max(64) });
