import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { MIN_SECRET_LENGTH } from '@carillon/auth';
import { ConfigError } from '@carillon/runtime';

const SECRET_BYTES = 32;

/**
 * Returns the secret that signs sessions. It is created in the data directory on the first start, so that people stay signed in after a
 * restart.
 *
 * @throws ConfigError if the existing file has no usable secret: the message names the file, and what to do
 */
export function sessionSecret(directory: string): string {
  mkdirSync(directory, { recursive: true });
  const file = join(directory, 'session-secret');
  const draft = `${file}.${process.pid}`;
  try {
    writeFileSync(draft, randomBytes(SECRET_BYTES).toString('base64url'), { mode: 0o600, flush: true });
    // Creating a link is atomic, and does not replace an existing file.
    linkSync(draft, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  } finally {
    // If the disk is full, a part of it may have been written.
    rmSync(draft, { force: true });
  }
  const secret = readFileSync(file, 'utf8');
  if (secret.length >= MIN_SECRET_LENGTH) return secret;
  const found = secret.trim() === '' ? 'is empty' : `has fewer than ${MIN_SECRET_LENGTH} characters`;
  throw new ConfigError([
    `DATA_DIR: ${file} ${found}, and sessions are signed by it: put it back from a backup; or remove it, and the next start makes one, by which everybody has to sign in again`,
  ]);
}
