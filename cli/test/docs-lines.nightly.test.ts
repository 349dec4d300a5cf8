import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Standalone, startStandalone } from '../../tests/servers/standalone.ts';

/** A process for each line, on a machine that does other work. */
const SLOW_MS = 240_000;

const page = readFileSync(new URL('../../docs/cli.md', import.meta.url), 'utf8');
const sessions = [...page.matchAll(/```console\n(.*?)```/gs)].map(([, text = '']) => text);
const binary = fileURLToPath(new URL('../bin/carillon.mjs', import.meta.url));

let server: Standalone;
let folder: string;
beforeAll(async () => {
  server = await startStandalone();
  folder = mkdtempSync(join(tmpdir(), 'carillon-docs-'));
  const script = `#!/bin/sh\nexec "${process.execPath}" "${binary}" "$@"\n`;
  writeFileSync(join(folder, 'carillon'), script, { mode: 0o755 });
});
afterAll(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it('the lines of docs/cli.md print what the page says', { timeout: SLOW_MS }, async () => {
  expect(sessions.length).toBeGreaterThanOrEqual(5);
  for (const session of sessions) {
    const commands = session.split('\n').filter((line) => line.startsWith('$ '));
    const printed = session.split('\n').filter((line) => line !== '' && !line.startsWith('$ '));
    // What goes on until Ctrl-C gets one.
    const script = commands.map((line) =>
      line.slice(2).replace(/^carillon tail/, 'timeout -s INT 12 carillon tail'),
    );
    const { stdout } = await promisify(execFile)('bash', ['-c', [...script, 'true'].join('\n')], {
      cwd: folder,
      env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, CARILLON_URL: server.url, TZ: 'UTC' },
    });
    const sameTime = (line: string) => line.replace(/^\d\d:\d\d:\d\d/, '12:00:00');
    expect(stdout.split('\n').filter(Boolean).map(sameTime)).toEqual(printed);
  }
});
