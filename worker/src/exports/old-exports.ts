import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { EXPORT_KEPT_MS, isExportFileName } from '@carillon/jobs';

/** Removes the exports of this directory that are older than they are kept, and what killed workers left half. Other files stay. */
export async function removeOldExports(directory: string, keptMs = EXPORT_KEPT_MS): Promise<void> {
  for (const name of await readdir(directory)) {
    if (!isExportFileName(name)) continue;
    const file = join(directory, name);
    const { mtimeMs } = await stat(file).catch(() => ({ mtimeMs: Date.now() }));
    if (Date.now() - mtimeMs > keptMs) await rm(file, { force: true });
  }
}
