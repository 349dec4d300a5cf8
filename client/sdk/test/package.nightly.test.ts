import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { z } from 'zod';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const SDK = join(ROOT, 'client/sdk');
/** npm and the compiler each take seconds on a busy machine. */
const SLOW_MS = 240_000;

const packed = z.tuple([z.object({ filename: z.string(), files: z.array(z.object({ path: z.string() })) })]);

/** As `npm test` has built it: what a program has that installed the package: the files that are published, and the one dependency. */
describe('the package as it is published', () => {
  let folder = '';
  let files: string[] = [];
  let installed = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'carillon-package-'));
    const told = execFileSync('npm', ['pack', '--json', '--pack-destination', folder], {
      cwd: SDK,
      encoding: 'utf8',
    });
    const [{ filename, files: listed }] = packed.parse(JSON.parse(told));
    files = listed.map(({ path }) => path);
    installed = join(folder, 'node_modules/@carillon/client');
    mkdirSync(installed, { recursive: true });
    execFileSync('tar', ['-xzf', join(folder, filename), '--strip-components=1', '-C', installed]);
    for (const name of ['eventsource', 'eventsource-parser'])
      symlinkSync(join(ROOT, 'node_modules', name), join(folder, 'node_modules', name));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('has what was built, its types, the README and the license, and no more', () => {
    const others = files.filter((file) => !/^dist\/[\w.-]+\.(js|d\.ts)$/.test(file));
    expect(others.sort()).toEqual(['LICENSE', 'README.md', 'package.json']);
    expect(files).toContain('dist/index.js');
    expect(files).toContain('dist/index.d.ts');
    expect(readFileSync(join(installed, 'LICENSE'))).toEqual(readFileSync(join(ROOT, 'LICENSE')));
    expect(JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))).not.toHaveProperty('private');
  });

  it('has every file that its exports and imports name, but for the sources that only this repository has', () => {
    const { exports, imports } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'));
    const named = [
      ...JSON.stringify([exports, imports]).matchAll(/"(?!carillon-source)[\w.#-]+":"(\.\/[^"]+)"/g),
    ];
    expect(named.length).toBeGreaterThan(3);
    for (const [, file = ''] of named) expect(existsSync(join(installed, file)), file).toBe(true);
  });

  it('is loaded by Node', () => {
    const code =
      "import { Carillon, newKey } from '@carillon/client'; console.log(typeof Carillon, newKey().length > 8);";
    const printed = execFileSync(process.execPath, ['--input-type=module', '--eval', code], {
      cwd: folder,
      encoding: 'utf8',
    });
    expect(printed).toBe('function true\n');
  });

  it(
    'has types that a strict program compiles with, and that find its faults',
    () => {
      const program = (body: string) => `import { Carillon, type Message } from '@carillon/client';
const carillon = new Carillon({ url: 'http://localhost:8080' });
export const posted: Promise<Message> = carillon.post('lobby', ${body});
`;
      writeFileSync(join(folder, 'good.ts'), program("'hello'"));
      writeFileSync(join(folder, 'bad.ts'), program('4711'));
      const compile = (file: string) =>
        execFileSync(
          process.execPath,
          [
            join(ROOT, 'node_modules/typescript/bin/tsc'),
            ...['--noEmit', '--strict', '--module', 'nodenext', '--target', 'es2022', '--lib', 'es2023,dom'],
            ...['--types', '', file],
          ],
          { cwd: folder, encoding: 'utf8', stdio: 'pipe' },
        );
      expect(compile('good.ts')).toBe('');
      expect(() => compile('bad.ts')).toThrow();
    },
    SLOW_MS,
  );
});
