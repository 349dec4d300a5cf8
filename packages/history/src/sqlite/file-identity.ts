import { statSync } from 'node:fs';

/**
 * Identifies a file by its inode and creation time: a copy is another file with another time, whatever its name. The
 * file is not opened: closing it again would drop SQLite's locks of this process (sqlite.org/howtocorrupt.html, 2.2).
 */
export function fileIdentity(file: string): string {
  const { ino, birthtimeNs } = statSync(file, { bigint: true });
  return `${ino}.${birthtimeNs}`;
}
