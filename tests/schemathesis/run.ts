/**
 * Holds running servers to what `/openapi.json` says of them, with Schemathesis: no 5xx, and no status, content type or
 * body that is not in the document. Prints what it finds, and fails where it finds anything. about a minute.
 *
 *   npm run schemathesis
 */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { openJobs } from '@carillon/jobs';
import { startChat } from '../../chat-service/test/start-chat.ts';
import { setup, teardown } from '../servers/lender.ts';
import { redisInstalled, startRedis } from '../servers/redis.ts';
import { type Standalone, startStandalone } from '../servers/standalone.ts';

const ADMIN_TOKEN = 'token-of-the-administrator';
const AS_ADMIN = { Authorization: `Bearer ${ADMIN_TOKEN}` };

/** A run takes less than a minute of one core, several on a busy machine. A run that takes this long hangs, ms. */
const RUN_WITHIN_MS = 300_000;

/** Calls that end the caller's session: after them every other case would only get 401. */
const SIGN_OUT = ['DELETE /v1/session', 'POST /v1/people/{person}/revocation'];

const named = (which: 'include' | 'exclude', operations: string[]) =>
  operations.flatMap((name) => [`--${which}-name`, name]);

const here = (name: string) => fileURLToPath(new URL(name, import.meta.url));

/** Programs of PyPI, kept for this checkout. */
const PROGRAMS = here('../../node_modules/.cache/schemathesis-4.32.5');

/** Gives how it ended and what it said. In a folder of its own: Schemathesis keeps there what it found, and begins with it the next time. */
async function run(
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<{ code: number; output: string }> {
  const cwd = await mkdtemp(join(tmpdir(), 'carillon-schemathesis-'));
  const child = spawn(command, args, { cwd, env: { ...process.env, ...env } });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const hangs = setTimeout(() => {
    output += `\nended: it took more than ${RUN_WITHIN_MS / 1_000} s\n`;
    child.kill('SIGKILL');
  }, RUN_WITHIN_MS);
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? 1));
  });
  const code = await ended.finally(async () => {
    clearTimeout(hangs);
    await rm(cwd, { recursive: true, force: true });
  });
  return { code, output };
}

async function install(): Promise<void> {
  if (existsSync(join(PROGRAMS, 'schemathesis'))) return;
  const quiet = ['--quiet', '--root-user-action=ignore', '--disable-pip-version-check', '--no-deps'];
  const what = ['--target', PROGRAMS, '--requirement', here('requirements.txt')];
  const { code, output } = await run('python3', ['-m', 'pip', 'install', ...quiet, ...what]);
  if (code !== 0)
    throw new Error(`Schemathesis could not be installed: it needs python3 with pip, and PyPI\n${output}`);
}

/** Tries all calls of one server, or those that `only` names. Returns whether all behaved as described. */
async function hold(
  who: string,
  url: string,
  headers: Record<string, string>,
  only: string[] = [],
): Promise<boolean> {
  const sent = Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]);
  const schemathesis = ['-m', 'schemathesis.cli', '--config-file', here('schemathesis.toml'), 'run'];
  const args = [...schemathesis, `${url}/openapi.json`, '--no-color', ...sent, ...only];
  const { code, output } = await run('python3', args, { PYTHONPATH: PROGRAMS });
  console.log(`\n== as ${who}\n${output}`);
  return code === 0;
}

/** Something to find in the channels that the cases name. */
async function fill(url: string, headers: Record<string, string>): Promise<void> {
  for (const channel of ['lobby', 'team'])
    for (const body of ['one', 'two @ada', 'three'])
      await fetch(`${url}/c/${channel}`, { method: 'POST', headers, body });
}

async function asGuest(server: Standalone): Promise<boolean> {
  const taken = await fetch(`${server.url}/v1/session`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'Ada' }),
  });
  const headers = { Cookie: taken.headers.getSetCookie()[0]?.split(';')[0] ?? '' };
  await fill(server.url, headers);
  const held = await hold('a guest, AUTH=open', server.url, headers, named('exclude', SIGN_OUT));
  return (await hold('a guest that signs out', server.url, headers, named('include', SIGN_OUT))) && held;
}

async function asService(server: Standalone): Promise<boolean> {
  await fill(server.url, AS_ADMIN);
  return hold('a service, AUTH=jwt', server.url, AS_ADMIN);
}

/** What needs a job queue, which `npm start` has not. */
async function withJobs(): Promise<boolean> {
  if (!redisInstalled) {
    if (process.env.CI === 'true') throw new Error('redis-server is missing');
    console.log('skipped: webhooks and exports need redis-server');
    return true;
  }
  const redis = await startRedis();
  const jobs = await openJobs(redis.url);
  const exportDir = await mkdtemp(join(tmpdir(), 'carillon-exports-'));
  const chat = await startChat(undefined, { jobs, adminToken: ADMIN_TOKEN, exportDir });
  const only = ['webhooks', 'exports'].flatMap((tag) => ['--include-tag', tag]);
  const held = await hold('a service, with jobs', `http://127.0.0.1:${chat.port}`, AS_ADMIN, only);
  await chat.close();
  await jobs.close();
  await redis.stop();
  await rm(exportDir, { recursive: true, force: true });
  return held;
}

await install();
// The chat service with jobs has its store in a PostgreSQL that is lent, as in the suites.
await setup();
// They take some time to start, and may do so together.
const jwt = { AUTH: 'jwt', JWT_SECRET: 'a secret of more than thirty-two bytes', ADMIN_TOKEN };
const [open, closed] = await Promise.all([startStandalone(), startStandalone({ env: jwt })]);
// Each has a server of its own, so what one does changes nothing for another.
const held = await Promise.all([asGuest(open), asService(closed), withJobs()]);
await Promise.all([open.stop(), closed.stop()]);
await teardown();
process.exit(held.every(Boolean) ? 0 : 1);
