import { statfsSync } from 'node:fs';
import { dirname } from 'node:path';
import { HistoryFull } from '../history-errors.ts';
import { ROOM_BYTES } from '../room-bytes.ts';

/**
 * Whether the disk was full, and still is. A small write may find a gap in the log for a while when a post does not, so
 * a successful write proves little.
 */
export class Room {
  readonly #directory: string;
  #wasFull = false;

  constructor(file: string) {
    this.#directory = dirname(file);
  }

  /** Records that the disk was full. */
  noteFull(): void {
    this.#wasFull = true;
  }

  /** @throws HistoryFull from then on, until there is room again. */
  expectRoom(): void {
    if (!this.#wasFull) return;
    const { bavail, bsize } = statfsSync(this.#directory);
    const free = bavail * bsize;
    if (free < ROOM_BYTES) throw new HistoryFull(`the disk was full, and still has only ${free} bytes free`);
    this.#wasFull = false;
  }
}
