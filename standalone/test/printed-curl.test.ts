import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { lentStandalone } from '../../tests/servers/lent.ts';
import { JWT_SECRET, signToken } from '../../tests/servers/tokens.ts';

/** Some dozen processes, on a machine that does other work. */
const SLOW_MS = 300_000;

/** Fails where a call is refused, and where a stream does not open; one that has opened is not read on. */
const CURL = `set -e
curl() {
  if [[ " $* " == *' -N '* ]]; then
    grep -q 'event: open' < <(command curl --silent --fail-with-body --max-time 60 "$@" 2>/dev/null)
  else
    command curl --silent --show-error --fail-with-body --max-time 60 "$@"
  fi
}
`;

type Server = Awaited<ReturnType<typeof lentStandalone>>;

/** Starts a server, which the test has done in another way. */
const STARTS = /\bnpm start\b|^export JWT_SECRET=/;

let open: Server;
let guarded: Server;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'carillon-printed-'));
  open = await lentStandalone('open');
  guarded = await lentStandalone('guarded');
}, SLOW_MS);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pageOf = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');

/** What a shell is told in a text. A command may go on in the next line. */
function linesOf(text: string): string[] {
  const blocks = [...text.matchAll(/^```sh\n(.*?)^```/gms)].map(([, block = '']) => block);
  return blocks.flatMap((block) => block.replaceAll('\\\n', ' ').split('\n'));
}

/** The part of a page under a heading. */
function section(page: string, heading: string): string {
  const [, after] = page.split(`\n## ${heading}\n`);
  if (after === undefined) throw new Error(`there is no heading "${heading}"`);
  return after.split('\n## ')[0] ?? '';
}

async function run(lines: readonly string[], server: Server, env: Record<string, string> = {}) {
  const script = CURL + lines.join('\n').replaceAll('http://localhost:8080', server.url);
  await promisify(execFile)('bash', ['-c', script], {
    cwd: folder,
    env: { ...process.env, URL: server.url, ...env },
  });
}

it.each(['README.md', 'docs/install.md', 'docs/search.md'])(
  'every curl of %s works as it is printed',
  {
    timeout: SLOW_MS,
  },
  async (page) => {
    const calls = linesOf(pageOf(page)).filter((line) => line.startsWith('curl '));
    expect(calls.length).toBeGreaterThan(3);
    const withToken = calls.filter((line) => line.includes('$TOKEN'));
    expect(withToken.length > 0).toBe(page === 'README.md');
    await run(
      calls.filter((line) => !withToken.includes(line)),
      open,
    );
    const claims = { carillon: { subscribe: ['*'], publish: ['lobby'], moderate: [] } };
    await run(withToken, guarded, { TOKEN: signToken('ada', claims) });
  },
);

it('every line of docs/moderation.md works as it is printed', { timeout: SLOW_MS }, async () => {
  const lines = linesOf(pageOf('docs/moderation.md'));
  expect(lines.filter((line) => line.startsWith('curl ')).length).toBeGreaterThan(12);
  await run(lines, open);
});

it('every line of docs/identity.md works as it is printed', { timeout: SLOW_MS }, async () => {
  const page = pageOf('docs/identity.md');
  const lines = (...headings: string[]) =>
    headings
      .flatMap((heading) => linesOf(section(page, heading)))
      .filter((line) => line !== '' && !STARTS.test(line));
  const forAll = lines('Your identity', '`AUTH=open`: a name');
  const withToken = lines('`AUTH=jwt`: tokens of your own', 'Streams');
  expect([forAll.length, withToken.length]).toEqual([4, 10]);
  await run(forAll, open);
  await run(withToken, guarded, { JWT_SECRET });
  // All but what a provider is needed for.
  const all = linesOf(page).filter((line) => line.includes('curl '));
  expect([...forAll, ...withToken].filter((line) => line.includes('curl '))).toEqual(all);
});
