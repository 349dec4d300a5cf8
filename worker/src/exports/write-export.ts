import { randomBytes } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { History } from '@carillon/history';
import { type ExportOrder, exportFileName } from '@carillon/jobs';
import { type ExportTask, HandedBack } from '@carillon/jobs/work';
import { isMessage } from '@carillon/protocol';
import { rowsOf } from './rows.ts';

export interface ExportPlace {
  history: Pick<History, 'after' | 'extents'>;
  directory: string;
}

/** Events per read, and bytes of their bodies: all that is held in memory. */
const PAGE = 500;
const PAGE_BYTES = 1024 * 1024;

/** How often progress is reported, ms: callers poll about once a second. */
const REPORT_MS = 500;

/**
 * Writes a channel's messages to a file, up to the head at the start; each message is in its state when it is read. The
 * file appears under its name when it is complete and on disk. If two workers run the same export, because one was
 * thought dead, each writes its own file and the last one wins.
 *
 * @throws HandedBack if the worker stops
 */
export async function writeExport(
  { history, directory }: ExportPlace,
  order: ExportOrder & { id: string },
  { signal, report }: ExportTask,
): Promise<void> {
  const { channel } = order;
  const rows = rowsOf(order);
  const { head, earliest } = (await history.extents([channel])).get(channel) ?? { head: 0, earliest: 1 };
  const total = Math.max(0, head - earliest + 1);
  const whole = join(directory, exportFileName(order));
  const part = `${whole}.${randomBytes(8).toString('hex')}.part`;
  const file = await open(part, 'wx');
  try {
    await file.write(rows.head);
    let cursor = earliest - 1;
    let reported = Number.NEGATIVE_INFINITY;
    while (cursor < head) {
      if (signal.aborted) throw new HandedBack();
      if (Date.now() - reported > REPORT_MS) {
        report({ done: cursor - earliest + 1, total });
        reported = Date.now();
      }
      const page = await history.after(channel, cursor, PAGE, PAGE_BYTES);
      const within = page.filter(({ seq }) => seq <= head);
      if (within.length === 0) break;
      await file.write(rows.page(within.filter(isMessage)));
      cursor = within.at(-1)?.seq ?? head;
    }
    await file.sync();
    await file.close();
    await rename(part, whole);
  } catch (error) {
    await file.close().catch(() => {});
    await rm(part, { force: true });
    throw error;
  }
  report({ done: total, total });
}
