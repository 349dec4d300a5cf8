import { channelName } from '@carillon/protocol';
import { EXPORT_FORMATS, type ExportFormat, type ExportOrder, randomId } from './payloads.ts';

/** How long a finished export is kept, ms: enough time to download it; it is not an archive. */
export const EXPORT_KEPT_MS = 24 * 60 * 60 * 1_000;

const FORMATS = EXPORT_FORMATS.join('|');
const NAME = new RegExp(`^[0-9a-f]{32}\\.[a-z0-9_-]+\\.(${FORMATS})(\\.[0-9a-f]+\\.part)?$`);

/**
 * The file name of an export. It contains all its parameters, so that the file can be served after the queue has
 * forgotten the export.
 */
export function exportFileName({
  id,
  channel,
  format,
}: Pick<ExportOrder, 'channel' | 'format'> & { id: string }): string {
  return `${id}.${channel}.${format}`;
}

/** Whether a file is an export, complete or in progress. */
export function isExportFileName(name: string): boolean {
  return NAME.test(name);
}

/** The parameters in the name of a finished export; undefined for any other file. */
export function parseExportFileName(name: string): (ExportOrder & { id: string }) | undefined {
  const [id = '', channel = '', format = '', ...rest] = name.split('.');
  if (rest.length > 0 || !isExportFileName(name)) return undefined;
  if (!randomId.safeParse(id).success || !channelName.safeParse(channel).success) return undefined;
  return { id, channel, format: format as ExportFormat };
}
