import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import type { ReadableStream } from 'node:stream/web';
import { type ExportOrder, parseExportFileName } from '@carillon/jobs';

/** A finished export in the directory. */
export interface ExportFile extends ExportOrder {
  id: string;
  path: string;
}

/**
 * Returns the finished export of this id; undefined if it does not exist or was deleted. A file gets its final name only when it is
 * complete.
 */
export async function findExportFile(directory: string, id: string): Promise<ExportFile | undefined> {
  for (const name of await namesIn(directory)) {
    const found = name.startsWith(id) ? parseExportFileName(name) : undefined;
    if (found?.id === id) return { ...found, path: join(directory, name) };
  }
  return undefined;
}

/** Returns no files if the directory does not exist: the worker creates it. */
async function namesIn(directory: string): Promise<string[]> {
  try {
    return await readdir(directory);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** Opens a file for one reader: its size in bytes, and its content at the reader's pace. It is closed when read or canceled. */
export async function openExportFile(path: string): Promise<{ bytes: number; content: ReadableStream }> {
  const file = await open(path);
  const { size } = await file.stat();
  return { bytes: size, content: Readable.toWeb(file.createReadStream()) };
}
