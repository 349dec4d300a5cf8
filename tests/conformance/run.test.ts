import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

/** Two processes with a compiler in them, on a busy machine. */
const WITHIN_MS = 120_000;
const RUN = fileURLToPath(new URL('run.ts', import.meta.url));
const ONLY = 'denied not_allowed';

/** Runs the suite on an adapter of one line. */
async function run(...adapter: string[]): Promise<{ code: number; stdout: string }> {
  const args = ['--conditions=carillon-source', '--import', 'tsx', RUN, '--only', ONLY, ...adapter];
  return promisify(execFile)(process.execPath, args).then(
    ({ stdout }) => ({ code: 0, stdout }),
    ({ code, stdout }: { code: number; stdout: string }) => ({ code, stdout }),
  );
}

it.each([
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
    const { code, stdout } = await run(...adapter);
    expect(stdout).toContain(`FAILS   ${ONLY}`);
    expect(stdout).toContain('the adapter is not there any more');
    expect(stdout).toContain(why);
    expect(stdout).toMatch(/1 cases? fail/);
    expect(code).toBe(1);
  },
  WITHIN_MS,
);

it(
  'an adapter that says what is no line has it shown',
  async () => {
    const says =
      'process.stdin.on("data", (text) => console.log(String(text).includes("close") ? JSON.stringify({ saw: "closed" }) : "oops"))';
    const { code, stdout } = await run(process.execPath, '-e', says);
    expect(stdout).toContain('oops');
    expect(code).toBe(1);
  },
  WITHIN_MS,
);
