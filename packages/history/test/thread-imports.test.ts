import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';

/** What loads nothing of others: it is followed too. */
const PURE = new Map([
  ['@carillon/protocol/text', new URL('../../protocol/src/text/index.ts', import.meta.url)],
]);

/** What a module loads as it runs: its imports but for those of types alone. */
function loadedBy(file: URL, known = new Map<string, string[]>()): Map<string, string[]> {
  if (known.has(file.href)) return known;
  const text = readFileSync(file, 'utf8');
  const names = [...text.matchAll(/^(?:import|export) (?!type )(?:[^;]*? from )?'([^']+)';/gm)].map(
    ([, name]) => name ?? '',
  );
  known.set(file.href, names);
  for (const name of names) {
    const source = name.startsWith('.') ? new URL(name, file) : PURE.get(name);
    if (source !== undefined) loadedBy(source, known);
  }
  return known;
}

it.each(['writer', 'reader'])(
  'the thread "%s" of a store loads nothing but its own files and Node',
  (name) => {
    const loaded = loadedBy(new URL(`../src/sqlite/${name}.ts`, import.meta.url));
    expect(loaded.size).toBeGreaterThan(10);
    // A schema library alone would take some MiB of each thread, and a tenth of the time of a start.
    const others = [...loaded].flatMap(([file, names]) =>
      names
        .filter((each) => !/^(\.|node:)/.test(each) && !PURE.has(each))
        .map((each) => `${file.split('/src/')[1]}: ${each}`),
    );
    expect(others).toEqual([]);
  },
);
