import { statSync } from 'node:fs';

/**
 * Names a file by its number and when it was made: a copy is another file, made at another time, whatever it is called. It is only
 * looked at: a file that this process opened and closed by itself would lose SQLite's locks (sqlite.org/howtocorrupt.html, 2.2).
 */
export function placeOfFile(file: string): string {
  const { ino, birthtimeNs } = statSync(file, { bigint: true });
  return `${ino}.${birthtimeNs}`;
}
