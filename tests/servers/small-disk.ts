import { execFileSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  fstatSync,
  ftruncateSync,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

/** Written at a time where a disk is filled, bytes: a page, so that no more than one stays free. */
const PAGE = 4_096;

const WITHIN_MS = 60_000;

/** A file system of its own, so small that it is soon full. */
export interface SmallDisk {
  /** Where it is mounted. */
  readonly path: string;
  /** Fills the disk, except for so many bytes. */
  fill(leave?: number): void;
  /** Gives back what `fill` took. */
  makeRoom(): void;
  setWritable(writable: boolean): void;
  /** Unmounts it; what is on it is gone. */
  remove(): void;
}

/** A disk that turns read-only by a fault, while a process writes to it. */
export interface FailingDisk extends SmallDisk {
  /** Lets its file system find a fault in itself: no write succeeds any more, nor any sync. */
  fail(): void;
  /** Mounts it again, as after a restart of the machine: what was not synced may be gone. */
  mountAgain(): void;
}

/** In memory. */
export function memoryDisk(bytes: number): SmallDisk {
  const path = mkdtempSync(join(tmpdir(), 'carillon-disk-'));
  run('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'carillon', path);
  return mounted(path);
}

/** In a file, with ext4 as on many servers. */
export function failingDisk(bytes: number): FailingDisk {
  const path = mkdtempSync(join(tmpdir(), 'carillon-disk-'));
  const image = `${path}.img`;
  writeFileSync(image, '');
  truncateSync(image, bytes);
  run('mkfs.ext4', '-q', '-F', image);
  const mount = () => run('mount', '-o', 'loop,errors=remount-ro', image, path);
  mount();
  const disk = mounted(path);
  return {
    ...disk,
    fail: () => writeFileSync(faultOf(path), 'a test'),
    mountAgain() {
      run('umount', path);
      mount();
    },
    remove() {
      disk.remove();
      rmSync(image);
    },
  };
}

/** Whether such disks can be mounted here. Where not, suites are skipped and say so; with `CI=true` they fail. */
export function disksPermitted(): boolean {
  try {
    memoryDisk(PAGE * 16).remove();
    const disk = failingDisk(4 * 1024 * 1024);
    const canFail = existsSync(faultOf(disk.path));
    disk.remove();
    if (canFail) return true;
  } catch {
    // Said below.
  }
  const reason = 'file systems cannot be mounted here: that wants root, a loop device and mkfs.ext4';
  if (process.env.CI === 'true') throw new Error(reason);
  console.log(`skipped: ${reason}`);
  return false;
}

function mounted(path: string): SmallDisk {
  const ballast = join(path, 'ballast');
  return {
    path,
    fill(leave = 0) {
      const file = openSync(ballast, 'a');
      try {
        for (;;) writeSync(file, Buffer.alloc(PAGE));
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
      } finally {
        ftruncateSync(file, fstatSync(file).size - leave);
        closeSync(file);
      }
    },
    makeRoom: () => rmSync(ballast),
    setWritable: (writable) => run('mount', '-o', `remount,${writable ? 'rw' : 'ro'}`, path),
    remove() {
      // Also where a test that failed has files open on it.
      run('umount', '--lazy', path);
      rmSync(path, { recursive: true });
    },
  };
}

/** The file that makes the kernel find a fault in a file system. */
function faultOf(path: string): string {
  const line = readFileSync('/proc/mounts', 'utf8')
    .split('\n')
    .find((mount) => mount.split(' ')[1] === path);
  return `/sys/fs/ext4/${basename(line?.split(' ')[0] ?? '')}/trigger_fs_error`;
}

function run(command: string, ...args: string[]): void {
  execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'], timeout: WITHIN_MS });
}
