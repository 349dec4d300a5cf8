import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EXPORT_KEPT_MS, isExportFileName } from '@carillon/jobs';

/**
 * Deletes the exports in this directory that are older than `keptMs`, and incomplete files that killed workers left.
 * Other files stay.
 */
export async function removeOldExports(directory: string, keptMs = EXPORT_KEPT_MS): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!isExportFileName(name)) continue;
    const file = join(directory, name);
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > keptMs) await rm(file, { force: true });
  }
}
