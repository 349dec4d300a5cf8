import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder as `vite build` leaves one, gone with this process: so no test needs a build. */
export function pageFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'carillon-page-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  // nginx's workers run as another user than the one that made it.
  chmodSync(folder, 0o755);
  mkdirSync(join(folder, 'assets'));
  writeFileSync(join(folder, 'index.html'), '<!doctype html><title>Carillon</title>\n');
  writeFileSync(
    join(folder, 'assets/index-abc123.js'),
    `export const words = '${'ding dong '.repeat(200)}';\n`,
  );
  writeFileSync(join(folder, 'assets/index-abc123.css'), 'body { margin: 0 }\n');
  return folder;
}
