import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it, onTestFinished } from 'vitest';

/** Bytes, gzipped, for people on slow networks (issue 14). What is rarely used is fetched after it, by `import()`. */
const MAX_FIRST_SCRIPT = 46 * 1024;

/** What Vite says of a built file; `imports` names those that it cannot run without. */
interface Built {
  file: string;
  isEntry?: boolean;
  imports?: string[];
}

it('the script that the page has to load before it is drawn is at most 46 KiB gzipped', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'page-'));
  onTestFinished(() => rm(directory, { recursive: true }));
  await buildPage(directory);
  const manifest = JSON.parse(await readFile(join(directory, '.vite/manifest.json'), 'utf8'));
  let bytes = 0;
  for (const file of firstScripts(manifest)) bytes += (await stat(join(directory, `${file}.gz`))).size;
  // Not an empty page either.
  expect(bytes).toBeGreaterThan(20 * 1024);
  expect(bytes).toBeLessThanOrEqual(MAX_FIRST_SCRIPT);
});

/** As `npm run build` does it; in a process of its own, since Vite builds something else where NODE_ENV is `test`. */
async function buildPage(directory: string): Promise<void> {
  const vite = join(dirname(createRequire(import.meta.url).resolve('vite/package.json')), 'bin/vite.js');
  const args = [vite, 'build', '--manifest', '--logLevel', 'error', '--outDir', directory];
  await promisify(execFile)(process.execPath, args, {
    cwd: new URL('..', import.meta.url),
    env: { ...process.env, NODE_ENV: 'production' },
  });
}

/** The files of the entry and of all that it imports before it runs. */
function firstScripts(manifest: Record<string, Built>): string[] {
  const found = new Set(Object.values(manifest).filter(({ isEntry }) => isEntry));
  for (const { imports = [] } of found)
    for (const name of imports) {
      const built = manifest[name];
      if (built !== undefined) found.add(built);
    }
  return [...found].map(({ file }) => file);
}
