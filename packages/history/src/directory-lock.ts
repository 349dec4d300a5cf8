import { linkSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** Another process has this directory open. */
export class DirectoryInUse extends Error {}

/** After a lock was taken over from the dead, a rival that judged it dead at the same moment is waited for, ms. */
const RIVAL_MS = 100;

const MAX_TRIES = 5;

/**
 * Takes a lock file for this process, and gives the way to release it. One left by a process that is no more (killed:
 * no such pid, or the pid is another process by now) is taken over.
 *
 * @throws DirectoryInUse
 */
export async function lockDirectory(file: string): Promise<() => void> {
  const mine = JSON.stringify({ pid: process.pid, started: startOf(process.pid) });
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, mine);
  try {
    for (let tries = 0; tries < MAX_TRIES; tries++) {
      try {
        // A link appears whole or not at all, and never over another.
        linkSync(draft, file);
        if (tries > 0) await sleep(RIVAL_MS);
        if (readLock(file) !== mine) continue;
        return () => {
          if (readLock(file) === mine) rmSync(file, { force: true });
        };
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
      }
      const other = readLock(file);
      const holder = other === undefined ? undefined : holderOf(other);
      if (holder !== undefined) {
        throw new DirectoryInUse(
          `${file}: process ${holder} has this directory open. Two processes cannot share an embedded database: stop it, use another DATA_DIR, or use PostgreSQL.`,
        );
      }
      rmSync(file, { force: true });
    }
    throw new DirectoryInUse(`${file}: other processes keep taking this directory`);
  } finally {
    unlinkSync(draft);
  }
}

function readLock(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}

/** The pid of the live process that wrote this lock. */
function holderOf(lock: string): number | undefined {
  try {
    const { pid, started } = JSON.parse(lock) as { pid: number; started: string | null };
    process.kill(pid, 0);
    return startOf(pid) === started ? pid : undefined;
  } catch (error) {
    // EPERM: it lives, and is another user's.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
      ? (JSON.parse(lock) as { pid: number }).pid
      : undefined;
  }
}

/** When a process started, in the kernel's ticks (proc(5), field 22): with the pid it names one process for good. Null where there is no /proc. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
