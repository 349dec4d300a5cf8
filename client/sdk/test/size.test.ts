import { gzipSync } from 'node:zlib';
import { build } from 'vite';
import { expect, it } from 'vitest';

/** What a page has to load for it, bytes. */
const MAX_WHOLE = 8 * 1024;
const MAX_ONE_FUNCTION = 512;

/** The bytes of a browser's bundle of this module, gzipped. */
async function sizeOf(code: string): Promise<number> {
  const entry = '\0entry';
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['carillon-source', 'module', 'browser', 'production'] },
    plugins: [
      {
        name: 'entry',
        resolveId: (id) => (id === 'entry' ? entry : undefined),
        load: (id) => (id === entry ? code : undefined),
      },
    ],
    build: {
      write: false,
      target: 'es2022',
      modulePreload: false,
      rolldownOptions: { input: 'entry', preserveEntrySignatures: 'strict' },
    },
  });
  const [bundle] = Array.isArray(result) ? result : [result];
  if (bundle === undefined || !('output' in bundle)) throw new Error('nothing was built');
  expect(bundle.output).toHaveLength(1);
  return gzipSync(bundle.output[0].code).length;
}

it('all of it is under 8 KB gzipped in a browser', async () => {
  const bytes = await sizeOf("export * from '@carillon/client';");
  // Not an empty module either.
  expect(bytes).toBeGreaterThan(4 * 1024);
  expect(bytes).toBeLessThan(MAX_WHOLE);
});

it('who imports one function loads that', async () => {
  expect(await sizeOf("import { newKey } from '@carillon/client'; console.log(newKey());")).toBeLessThan(
    MAX_ONE_FUNCTION,
  );
});
