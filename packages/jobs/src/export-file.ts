import { channelName } from '@carillon/protocol';
import { EXPORT_FORMATS, type ExportFormat, type ExportOrder, randomId } from './payloads.ts';

/** A finished export is kept for so long, ms: time to fetch it, and no archive. */
export const EXPORT_KEPT_MS = 24 * 60 * 60 * 1_000;

const FORMATS = EXPORT_FORMATS.join('|');
const NAME = new RegExp(`^[0-9a-f]{32}\\.[a-z0-9_-]+\\.(${FORMATS})(\\.[0-9a-f]+\\.part)?$`);

/**
 * What the file of an export is called. It says all that is to be known of it, so that it can be read when the queue
 * knows the export no more.
 */
export function exportFileName({
  id,
  channel,
  format,
}: Pick<ExportOrder, 'channel' | 'format'> & { id: string }): string {
  return `${id}.${channel}.${format}`;
}

/** Whether a file is an export, whole or in the making. */
export function isExportFileName(name: string): boolean {
  return NAME.test(name);
}

/** What the name of a finished export says; undefined where it is none. */
export function parseExportFileName(name: string): (ExportOrder & { id: string }) | undefined {
  const [id = '', channel = '', format = '', ...rest] = name.split('.');
  if (rest.length > 0 || !isExportFileName(name)) return undefined;
  if (!randomId.safeParse(id).success || !channelName.safeParse(channel).success) return undefined;
  return { id, channel, format: format as ExportFormat };
}
