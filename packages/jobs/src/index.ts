export type { QueueDepth } from './depths.ts';
export {
  EXPORT_KEPT_MS,
  exportFileName,
  isExportFileName,
  parseExportFileName,
} from './export-file.ts';
export { type QueuedExport, TooManyExports } from './exports.ts';
export { type Jobs, openJobs } from './jobs.ts';
export { JobsUnavailable } from './jobs-unavailable.ts';
export {
  type CsvDelimiter,
  csvDelimiter,
  EXPORT_FORMATS,
  type ExportFormat,
  type ExportOrder,
  type ExportProgress,
  exportFormat,
  QUEUE_NAMES,
  randomId,
} from './payloads.ts';
export { NoWorker } from './ping.ts';
export { JOBS_SCHEMES } from './schemes.ts';
