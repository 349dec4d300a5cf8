import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MIN_SECRET_LENGTH } from '@carillon/auth';
import { ConfigError } from '@carillon/runtime';

const SECRET_BYTES = 32;

/**
 * The secret that signs sessions, kept in the data directory: made on the first start, so that people stay who they are.
 *
 * @throws ConfigError where the file that is there holds none: the message names it, and what to do.
 */
export function sessionSecret(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'session-secret');
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, randomBytes(SECRET_BYTES).toString('base64url'), { mode: 0o600, flush: true });
    // A link appears whole or not at all, and never over the one that is there.
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    // A disk without room may have taken a part of it.
    rmSync(draft, { force: true });
  }
  const secret = readFileSync(file, 'utf8');
  if (secret.length >= MIN_SECRET_LENGTH) return secret;
  const found = secret.trim() === '' ? 'is empty' : `has fewer than ${MIN_SECRET_LENGTH} characters`;
  throw new ConfigError([
    `DATA_DIR: ${file} ${found}, and sessions are signed by it: put it back from a backup; or remove it, and the next start makes one, by which everybody has to sign in again`,
  ]);
}
