import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, expect, it } from 'vitest';

const CHECK = join(import.meta.dirname, '../../bin/imports.mjs');

const PARTS = {
  'packages/protocol': '@carillon/protocol',
  'packages/bus': '@carillon/bus',
  'packages/history': '@carillon/history',
  'packages/jobs': '@carillon/jobs',
  'packages/redis': '@carillon/redis',
  'packages/composition': '@carillon/composition',
  'chat-service': '@carillon/chat-service',
  'broadcast-sse': '@carillon/broadcast-sse',
  'client/sdk': '@carillon/client',
  'client/page': '@carillon/page',
  standalone: '@carillon/standalone',
};

let root = '';
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** What the check prints for a tree with these files; undefined if it finds nothing. */
function check(files: Record<string, string>): string | undefined {
  root = mkdtempSync(join(tmpdir(), 'carillon-imports-'));
  write('package.json', JSON.stringify({ workspaces: ['packages/*', ...Object.keys(PARTS).slice(6)] }));
  for (const [part, name] of Object.entries(PARTS)) {
    write(`${part}/package.json`, JSON.stringify({ name }));
    write(`${part}/src/index.ts`, '');
  }
  for (const [file, text] of Object.entries(files)) write(file, text);
  const { status, stderr } = spawnSync(process.execPath, [CHECK, root], { encoding: 'utf8' });
  expect(status).toBe(stderr === '' ? 0 : 1);
  return stderr === '' ? undefined : stderr.trim();
}

function write(file: string, text: string): void {
  mkdirSync(join(root, dirname(file)), { recursive: true });
  writeFileSync(join(root, file), text);
}

it.each([
  ['a service that takes a package', 'chat-service/src/a.ts', "import { x } from '@carillon/bus';"],
  ['a package that takes protocol', 'packages/bus/src/a.ts', "export { x } from '@carillon/protocol';"],
  [
    'the SDK that takes a type of protocol',
    'client/sdk/src/a.ts',
    "import type { X } from '@carillon/protocol';",
  ],
  [
    'the page that takes how a text is read',
    'client/page/src/a.tsx',
    "import { x } from '@carillon/protocol/text';",
  ],
  ['the page that takes the SDK', 'client/page/src/a.tsx', "import { x } from '@carillon/client';"],
  ['standalone that takes services', 'standalone/src/a.ts', "import { x } from '@carillon/chat-service';"],
  ['a user of Redis that takes it', 'packages/jobs/src/a.ts', "import { x } from '@carillon/redis';"],
  [
    'the composition root that takes packages',
    'packages/composition/src/a.ts',
    "import { x } from '@carillon/bus';",
  ],
  [
    'a service that takes the composition root',
    'chat-service/src/a.ts',
    "import { x } from '@carillon/composition';",
  ],
  ['a library', 'packages/bus/src/a.ts', "import * as mqtt from 'mqtt';"],
  [
    'an import that only a comment shows',
    'packages/bus/src/a.ts',
    " * import { x } from '@carillon/history';",
  ],
])('lets through %s', (_, file, text) => {
  expect(check({ [file]: `${text}\n` })).toBeUndefined();
});

it.each([
  [
    'a package that takes Redis and is no user of it',
    'packages/bus/src/a.ts',
    "import { x } from '@carillon/redis';",
  ],
  ['a package that takes another', 'packages/bus/src/a.ts', "import { x } from '@carillon/history';"],
  [
    'a package that takes a type of another',
    'packages/bus/src/a.ts',
    "import type { X } from '@carillon/history';",
  ],
  [
    'a package that takes the composition root',
    'packages/bus/src/a.ts',
    "import { x } from '@carillon/composition';",
  ],
  [
    'the composition root that takes a service',
    'packages/composition/src/a.ts',
    "import { x } from '@carillon/chat-service';",
  ],
  ['a package that takes a service', 'packages/bus/src/a.ts', "import { x } from '@carillon/chat-service';"],
  ['protocol that takes a package', 'packages/protocol/src/a.ts', "export * from '@carillon/bus';"],
  [
    'a service that takes another',
    'chat-service/src/a.ts',
    "import {\n  x,\n  y,\n} from '@carillon/broadcast-sse';",
  ],
  [
    'a service that takes another when it runs',
    'chat-service/src/a.ts',
    "  await import('@carillon/broadcast-sse');",
  ],
  ['a service that takes standalone', 'broadcast-sse/src/a.ts', "import '@carillon/standalone';"],
  [
    'the SDK that takes a value of protocol',
    'client/sdk/src/a.ts',
    "import { type X, y } from '@carillon/protocol';",
  ],
  [
    'the SDK that takes a type of a package',
    'client/sdk/src/a.ts',
    "import type { X } from '@carillon/bus';",
  ],
  ['the page that takes protocol', 'client/page/src/a.tsx', "import type { X } from '@carillon/protocol';"],
  ['standalone that takes the client', 'standalone/src/a.ts', "import { x } from '@carillon/client';"],
  ['a way around the name', 'chat-service/src/a.ts', "import { x } from '../../packages/bus/src/a.ts';"],
  ['a source that takes its test', 'packages/bus/src/a.ts', "import { x } from '../test/a.ts';"],
  ['an adapter that takes another', 'packages/bus/src/mqtt.ts', "import { x } from './memory.ts';"],
  ['a workspace that is not there', 'chat-service/src/a.ts', "import { x } from '@carillon/buss';"],
  ['a file that imports itself', 'packages/bus/src/a.ts', "import { x } from './a.ts';"],
])('catches %s', (_, file, text) => {
  const found = check({ [file]: `const before = 'a string';\n${text}\nexport const after = 1;\n` });
  expect(found?.split('\n')).toEqual([expect.stringContaining(file)]);
});

it('catches a cycle of three files, at each of them', () => {
  const found = check({
    'packages/bus/src/a.ts': "import { b } from './b.ts';\n",
    'packages/bus/src/b.ts': "export * from './c.ts';\n",
    'packages/bus/src/c.ts': "import { a } from './a.ts';\n",
  });
  expect(found?.split('\n')).toHaveLength(3);
});

it.each([
  ["import { b } from './b.ts';", "import type { A } from './a.ts';"],
  ["import type { B } from './b.ts';", "export type { A } from './a.ts';"],
  ["import { type B } from './b.ts';", "const load = () => import('./a.ts');"],
])('catches the cycle of %s and %s, and shows its path', (a, b) => {
  const found = check({ 'packages/bus/src/a.ts': `${a}\n`, 'packages/bus/src/b.ts': `${b}\n` });
  expect(found?.split('\n')).toEqual([
    'packages/bus/src/a.ts: cycle: packages/bus/src/a.ts → packages/bus/src/b.ts → packages/bus/src/a.ts',
    'packages/bus/src/b.ts: cycle: packages/bus/src/b.ts → packages/bus/src/a.ts → packages/bus/src/b.ts',
  ]);
});

it('lets several files import the same file', () => {
  const found = check({
    'packages/bus/src/a.ts': "import { b } from './b.ts';\nimport type { C } from './c.ts';\n",
    'packages/bus/src/b.ts': "import type { C } from './c.ts';\n",
  });
  expect(found).toBeUndefined();
});
