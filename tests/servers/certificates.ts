import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const SCRIPT = fileURLToPath(new URL('../../deploy/certificates/make-certificates', import.meta.url));

/** Makes certificates as a deployment does, each as `NAME=HOST[,HOST…]`, in a directory; gives what clients trust, in PEM. */
export function makeCertificates(directory: string, ...certificates: readonly string[]): string {
  execFileSync(SCRIPT, [directory, ...certificates], { stdio: 'pipe' });
  return readFileSync(join(directory, 'authority.pem'), 'utf8');
}
