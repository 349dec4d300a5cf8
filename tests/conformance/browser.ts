import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright';
import { build } from 'vite';
import type { Line, Subject } from './subject.ts';

/** Runs the SDK's adapter in a page: with the browser's own EventSource and fetch, from another origin. */
export async function startPage(browser: Browser): Promise<Subject> {
  const page = await browser.newPage();
  let tell: (line: Line) => void = () => {};
  await page.exposeFunction('saw', (line: Line) => tell(line));
  await page.addScriptTag({ content: await bundle(), type: 'module' });
  await page.waitForFunction(() => 'adapter' in globalThis);
  return {
    command: (value) =>
      void page.evaluate((command) => {
        const { adapter } = globalThis as unknown as { adapter: { command(value: unknown): void } };
        adapter.command(command);
      }, value),
    listen(listener) {
      tell = listener;
    },
    get ended() {
      return page.isClosed() ? 'the page was closed' : undefined;
    },
    close: () => page.close(),
  };
}

async function bundle(): Promise<string> {
  const adapter = fileURLToPath(new URL('client-adapter.ts', import.meta.url));
  const entry = '\0page';
  const result = await build({
    configFile: false,
    logLevel: 'silent',
    resolve: { conditions: ['carillon-source', 'module', 'browser', 'production'] },
    plugins: [
      {
        name: 'page',
        resolveId: (id) => (id === 'page' ? entry : undefined),
        load: (id) =>
          id === entry
            ? `import { createAdapter } from '${adapter}'; globalThis.adapter = createAdapter((line) => globalThis.saw(line));`
            : undefined,
      },
    ],
    build: { write: false, target: 'es2022', modulePreload: false, rolldownOptions: { input: 'page' } },
  });
  const [output] = Array.isArray(result) ? result : [result];
  if (output === undefined || !('output' in output)) throw new Error('nothing was built');
  return output.output[0].code;
}
