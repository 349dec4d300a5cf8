import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../deploy/certificates/make-certificates', import.meta.url));

/** Makes certificates in a directory as a deployment does, each given as `NAME=HOST[,HOST…]`. Returns the authority that clients trust, in PEM. */
export function makeCertificates(directory: string, ...certificates: readonly string[]): string {
  execFileSync(SCRIPT, [directory, ...certificates], { stdio: 'pipe' });
  return readFileSync(join(directory, 'authority.pem'), 'utf8');
}
