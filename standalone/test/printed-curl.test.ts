import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Standalone, startStandalone } from '../../tests/servers/standalone.ts';

/** Fails where a call is refused; a stream that is still open after two seconds is one that works (28). */
const CURL = `set -e
curl() { command curl --silent --show-error --fail-with-body --max-time 2 "$@" || [[ $? == 28 ]]; }
`;

let server: Standalone;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-printed-'));
  server = await startStandalone();
}, 150_000);
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it.each(['README.md', 'docs/search.md'])(
  'every curl of %s works as it is printed',
  { timeout: 120_000 },
  async (page) => {
    const text = readFileSync(new URL(`../../${page}`, import.meta.url), 'utf8');
    const blocks = [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = '']) => block);
    // A command may go on in the next line, and is no command of another program.
    const lines = blocks.flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'));
    const calls = lines.filter((line) => line.startsWith('curl '));
    expect(calls.length).toBeGreaterThan(4);
    const script = CURL + calls.join('\n').replaceAll('http://localhost:8080', server.url);
    await promisify(execFile)('bash', ['-c', script], {
      cwd: folder,
      env: { ...process.env, URL: server.url },
    });
  },
);
