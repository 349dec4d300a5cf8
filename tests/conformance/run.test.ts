import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { runSuite } from './run-suite.ts';

/** Two processes with a compiler in them, on a busy machine. */
const WITHIN_MS = 120_000;
const RUN = fileURLToPath(new URL('run.ts', import.meta.url));
const ONLY = 'denied not_allowed';

/** Runs the suite on an adapter of one line. */
async function run(...adapter: [string, ...string[]]): Promise<{ failed: number; printed: string }> {
  let printed = '';
  const failed = await runSuite(adapter, {
    only: ONLY,
    print: (line) => {
      printed += `${line}\n`;
    },
  });
  return { failed, printed };
}

it.each<[string, [string, ...string[]], string]>([
  ['ends', [process.execPath, '-e', 'process.exit(3)'], 'it ended with 3'],
  [
    'ends when it is told something',
    [process.execPath, '-e', 'process.stdin.once("data", () => process.exit(4))'],
    'it ended with 4',
  ],
  ['cannot be started', ['/no/such/adapter'], 'ENOENT'],
])(
  'an adapter that %s fails its cases, and the suite goes on to its result',
  async (_, adapter, why) => {
    const { failed, printed } = await run(...adapter);
    expect(printed).toContain(`FAILS   ${ONLY}`);
    expect(printed).toContain('the adapter is not there any more');
    expect(printed).toContain(why);
    expect(printed).toMatch(/1 cases? fail/);
    expect(failed).toBe(1);
  },
  WITHIN_MS,
);

it(
  'an adapter that says what is no line has it shown, and the command ends with 1',
  async () => {
    const says =
      'process.stdin.on("data", (text) => console.log(String(text).includes("close") ? JSON.stringify({ saw: "closed" }) : "oops"))';
    const args = ['--import', 'tsx', RUN, '--only', ONLY, process.execPath, '-e', says];
    const { code, stdout } = await promisify(execFile)(process.execPath, args).then(
      ({ stdout }) => ({ code: 0, stdout }),
      ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
    );
    expect(stdout).toContain('oops');
    expect(code).toBe(1);
  },
  WITHIN_MS,
);
