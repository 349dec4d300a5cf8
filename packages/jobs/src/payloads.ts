/** What is in the queue. Redis is shared and can be written by others: whoever takes a job parses it by these schemas. */
import { channelName } from '@carillon/protocol';
import { z } from 'zod';

/** All keys of the queue begin with this: one Redis may serve presence and rate limits too. */
export const PREFIX = 'carillon';

/** A queue for each kind of job: their times and the care they need differ. */
export const QUEUE_NAMES = ['ping', 'webhooks', 'exports', 'upkeep'] as const;
export type QueueName = (typeof QUEUE_NAMES)[number];

/** 128 bits in hexadecimal: nobody guesses it, and it stands in URLs and file names as it is. */
export const randomId = z.string().regex(/^[0-9a-f]{32}$/, 'must be 32 hexadecimal digits');

/** Asks nothing but to be done. */
export const pingJob = z.object({});

/** Look whether this webhook has something to send. */
export const deliverJob = z.object({ webhook: randomId });

export const EXPORT_FORMATS = ['ndjson', 'csv'] as const;
export const exportFormat = z.enum(EXPORT_FORMATS);
export type ExportFormat = z.infer<typeof exportFormat>;

/** What stands between two cells of CSV. Spreadsheets of a locale that writes 1,5 expect the semicolon. */
export const csvDelimiter = z.enum([',', ';']);
export type CsvDelimiter = z.infer<typeof csvDelimiter>;

/** Write this channel to a file. `delimiter` (a comma where it is missing) and `bom`, whether U+FEFF begins it, are of CSV. */
export const exportJob = z.object({
  channel: channelName,
  format: exportFormat,
  delimiter: csvDelimiter.optional(),
  bom: z.boolean().optional(),
});
export type ExportOrder = z.infer<typeof exportJob>;

/** How far an export has come, in messages. */
export const exportProgress = z.object({ done: z.int().min(0), total: z.int().min(0) });
export type ExportProgress = z.infer<typeof exportProgress>;

/** A task that is done again and again; which it is, its worker knows by the name. */
export const upkeepJob = z.object({ task: z.string().min(1).max(64) });
