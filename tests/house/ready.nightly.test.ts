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

/** What is built says so; the page leaves what the real one leaves last. */
const SCRIPTS = {
  'build:parts': 'echo parts',
  'build:page': 'echo page && mkdir -p client/page/dist && touch client/page/dist/index.html',
};
const INSTALLS = 'carillon: installing (npm ci)';
const BUILDS = 'carillon: building (npm run build)';

/** What npm says it installed. It writes it with the lock file, which a `git pull` does not. */
const RECORD = 'node_modules/.package-lock.json';

let clone = '';

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'carillon-ready-'));
  cpSync(join(import.meta.dirname, '../../bin'), join(clone, 'bin'), { recursive: true });
  for (const folder of ['one', 'client/sdk', 'packages/protocol', 'client/page'])
    write(`${folder}/src/deep/a.ts`, '');
  write('one/package.json', JSON.stringify({ name: 'one', version: '0.1.0' }));
  write('client/page/vite.config.ts', '');
  writeRoot();
  npm('install', '--package-lock-only');
});

afterEach(() => rmSync(clone, { recursive: true, force: true }));

function writeRoot({ scripts = SCRIPTS, workspaces = ['one'] } = {}): void {
  write('package.json', JSON.stringify({ name: 'root', version: '0.1.0', workspaces, scripts }));
}

function write(file: string, text: string): void {
  mkdirSync(join(clone, dirname(file)), { recursive: true });
  writeFileSync(join(clone, file), text);
}

function npm(...npmArguments: string[]): void {
  const { status, stderr } = spawnSync('npm', npmArguments, { cwd: clone, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr);
}

/** What it did, and how it ended. */
function ready(...nodeArguments: string[]): { did: string[]; status: number | null } {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...nodeArguments, join(clone, 'bin/ready.mjs'), 'build'],
    { cwd: tmpdir(), encoding: 'utf8' },
  );
  const said = stderr.split('\n').filter((line) => line.startsWith('carillon: '));
  return { status, did: [...said, ...stdout.split('\n').filter((line) => /^(parts|page)$/.test(line))] };
}

it('installs and builds a fresh clone, and leaves to the compiler alone what is there', () => {
  expect(ready()).toEqual({ status: 0, did: [INSTALLS, BUILDS, 'parts', 'page'] });
  expect(ready()).toEqual({ status: 0, did: ['parts'] });
});

it('builds the page after a change of what it is made of, also where a file was taken away, and for nothing else', () => {
  ready();
  write('one/src/deep/a.ts', '// changed');
  expect(ready().did).toEqual(['parts']);
  write('client/sdk/src/deep/a.ts', '// changed');
  expect(ready().did).toEqual(['parts', 'page']);
  write('client/page/vite.config.ts', '// changed');
  expect(ready().did).toEqual(['parts', 'page']);
  rmSync(join(clone, 'client/page/src/deep/a.ts'));
  expect(ready().did).toEqual(['parts', 'page']);
  rmSync(join(clone, 'client/page/dist/index.html'));
  expect(ready().did).toEqual([BUILDS, 'parts', 'page']);
  expect(ready().did).toEqual(['parts']);
});

it('installs where package-lock.json names more than was installed, however old the file', () => {
  ready();
  writeRoot({ workspaces: ['one', 'client/sdk'] });
  write('client/sdk/package.json', JSON.stringify({ name: 'two', version: '0.1.0' }));
  const record = readFileSync(join(clone, RECORD), 'utf8');
  npm('install', '--package-lock-only');
  write(RECORD, record);
  utimesSync(join(clone, 'package-lock.json'), 0, 0);
  expect(ready().did).toEqual([INSTALLS, 'parts']);
  expect(ready().did).toEqual(['parts']);
});

it('ends as the build ends', () => {
  writeRoot({ scripts: { ...SCRIPTS, 'build:parts': 'exit 3' } });
  expect(ready()).toEqual({ status: 3, did: [INSTALLS, BUILDS] });
});

it('refuses a Node that is too old, with one line and before anything else', () => {
  const older =
    "Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '20.18.3' } })";
  expect(ready('--import', `data:text/javascript,${encodeURIComponent(older)}`)).toEqual({
    status: 1,
    did: ['carillon: Node 20.19 or newer is needed; this is 20.18.3'],
  });
  expect(existsSync(join(clone, 'node_modules'))).toBe(false);
});
