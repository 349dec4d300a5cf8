import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright';
import { build } from 'vite';
import type { Line, Subject } from './subject.ts';

/** Runs the SDK's adapter in a page, one for each subject: with the browser's own EventSource and fetch, from another origin. */
export async function openPage(browser: Browser): Promise<{ subject(): Subject }> {
  const page = await browser.newPage();
  const tells: ((line: Line) => void)[] = [];
  await page.exposeFunction('saw', (subject: number, line: Line) => tells[subject]?.(line));
  await page.addScriptTag({ content: await bundle(), type: 'module' });
  await page.waitForFunction(() => 'command' in globalThis);
  return {
    subject() {
      const subject = tells.push(() => {}) - 1;
      return {
        command: (value) =>
          void page
            .evaluate(
              ([number, command]) => {
                const here = globalThis as unknown as { command(subject: number, value: unknown): void };
                here.command(number, command);
              },
              [subject, value] as const,
            )
            // What has ended says so itself.
            .catch(() => {}),
        listen(listener) {
          tells[subject] = listener;
        },
        get ended() {
          return page.isClosed() ? 'the page was closed' : undefined;
        },
        close: async () => {},
      };
    },
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
            ? `import { createAdapter } from '${adapter}';
               const adapters = [];
               globalThis.command = (subject, value) => {
                 adapters[subject] ??= createAdapter((line) => globalThis.saw(subject, line));
                 adapters[subject].command(value);
               };`
            : undefined,
      },
    ],
    build: { write: false, target: 'es2022', modulePreload: false, rolldownOptions: { input: 'page' } },
  });
  const [output] = Array.isArray(result) ? result : [result];
  if (output === undefined || !('output' in output)) throw new Error('nothing was built');
  return output.output[0].code;
}
