import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const SECRET_BYTES = 32;

/** The secret that signs sessions, kept in the data directory: made on the first start, so that people stay who they are. */
export function sessionSecret(directory: string): string {
  const file = join(directory, 'session-secret');
  mkdirSync(directory, { recursive: true });
  try {
    // Exclusive: of two starts at once, one writes it.
    writeFileSync(file, randomBytes(SECRET_BYTES).toString('base64url'), { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  return readFileSync(file, 'utf8');
}
