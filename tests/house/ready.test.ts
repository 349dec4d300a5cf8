import { spawnSync } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';

/** Its build writes what the real one leaves last. */
const BUILD =
  'mkdir -p standalone/dist client/page/dist && touch standalone/dist/main.js client/page/dist/index.html';

/** What npm says it installed. It writes it with the lock file, which a `git pull` does not. */
const RECORD = 'node_modules/.package-lock.json';

let clone = '';

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'carillon-ready-'));
  cpSync(join(import.meta.dirname, '../../bin'), join(clone, 'bin'), { recursive: true });
  writeRoot({ build: BUILD });
  write('one/package.json', JSON.stringify({ name: 'one', version: '0.1.0' }));
  write('one/src/deep/a.ts', '');
  write('one/test/a.test.ts', '');
  npm('install', '--package-lock-only');
});

afterEach(() => rmSync(clone, { recursive: true, force: true }));

function writeRoot({ build, workspaces = ['one'] }: { build: string; workspaces?: string[] }): void {
  write('package.json', JSON.stringify({ name: 'root', version: '0.1.0', workspaces, scripts: { build } }));
}

function write(file: string, text: string): void {
  mkdirSync(join(clone, dirname(file)), { recursive: true });
  writeFileSync(join(clone, file), text);
}

function npm(...npmArguments: string[]): void {
  const { status, stderr } = spawnSync('npm', npmArguments, { cwd: clone, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/** What it did, as it says it, and how it ended. */
function ready(...nodeArguments: string[]): { said: string[]; status: number | null } {
  const { status, stderr } = spawnSync(
    process.execPath,
    [...nodeArguments, join(clone, 'bin/ready.mjs'), 'build'],
    { cwd: tmpdir(), encoding: 'utf8' },
  );
  return { status, said: stderr.split('\n').filter((line) => line.startsWith('carillon: ')) };
}

const INSTALLS = 'carillon: installing (npm ci)';
const BUILDS = 'carillon: building (npm run build)';

it('installs and builds a fresh clone, and then finds nothing to do', () => {
  expect(ready()).toEqual({ status: 0, said: [INSTALLS, BUILDS] });
  expect(ready()).toEqual({ status: 0, said: [] });
});

it('builds after a change of a source, of a setting and after a source was taken away, and for nothing else', () => {
  ready();
  write('one/test/a.test.ts', '// changed');
  expect(ready().said).toEqual([]);
  write('one/src/deep/a.ts', '// changed');
  expect(ready().said).toEqual([BUILDS]);
  write('one/tsconfig.build.json', '{}');
  expect(ready().said).toEqual([BUILDS]);
  rmSync(join(clone, 'one/src/deep/a.ts'));
  expect(ready().said).toEqual([BUILDS]);
  rmSync(join(clone, 'client/page/dist/index.html'));
  expect(ready().said).toEqual([BUILDS]);
  expect(ready().said).toEqual([]);
});

it('installs where package-lock.json names more than was installed, however old the file', () => {
  ready();
  writeRoot({ build: BUILD, workspaces: ['one', 'two'] });
  write('two/package.json', JSON.stringify({ name: 'two', version: '0.1.0' }));
  const record = readFileSync(join(clone, RECORD), 'utf8');
  npm('install', '--package-lock-only');
  write(RECORD, record);
  utimesSync(join(clone, 'package-lock.json'), 0, 0);
  expect(ready().said).toEqual([INSTALLS, BUILDS]);
  expect(ready().said).toEqual([]);
});

it('ends as the build ends, and builds again the next time', () => {
  writeRoot({ build: 'exit 3' });
  expect(ready()).toEqual({ status: 3, said: [INSTALLS, BUILDS] });
  writeRoot({ build: BUILD });
  expect(ready()).toEqual({ status: 0, said: [BUILDS] });
});

it('refuses a Node that is too old, with one line and before anything else', () => {
  const older =
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.18.3' } })";
  expect(ready('--import', `data:text/javascript,${encodeURIComponent(older)}`)).toEqual({
    status: 1,
    said: ['carillon: Node 20.19 or newer is needed; this is 20.18.3'],
  });
  expect(existsSync(join(clone, 'node_modules'))).toBe(false);
});
