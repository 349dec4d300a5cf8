import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lentDatabase } from '../../tests/servers/lent.ts';
import { postgresInstalled } from '../../tests/servers/postgres.ts';
import { type Standalone, startStandalone } from '../../tests/servers/standalone.ts';

const MAIN = fileURLToPath(new URL('../dist/main.js', import.meta.url));

/** EX_CONFIG of sysexits.h. */
const EXIT_CONFIG = 78;

describe('a second process', () => {
  let first: Standalone;
  beforeAll(async () => {
    first = await startStandalone();
  });
  afterAll(() => first?.stop());

  it('on the same data is refused, and the first goes on', async () => {
    const { code, output } = await run({ DATA_DIR: first.dataDir });
    expect(code).toBe(1);
    expect(output).toContain('another process has this store open');
    expect(output).toContain('use another DATA_DIR');
    const answer = await fetch(`${first.url}/c/lobby`, { method: 'POST', body: 'still here' });
    expect(answer.status).toBe(201);
  });

  it('on the same port is refused', async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'carillon-data-'));
    // An embedded database would have to be made first.
    const store: Record<string, string> = postgresInstalled ? { HISTORY_URL: await lentDatabase() } : {};
    const { code, output } = await run({ ...store, DATA_DIR: dataDir, PORT: String(first.port) });
    expect(code).toBe(1);
    expect(output).toContain('EADDRINUSE');
    rmSync(dataDir, { recursive: true });
  });

  it('keeps what signs its sessions to its user', () => {
    expect(statSync(join(first.dataDir, 'session-secret')).mode & 0o777).toBe(0o600);
  });
});

it('a wrong environment is refused with every fault at once, and makes nothing', async () => {
  const { code, output } = await run({
    DATA_DIR: '/nowhere/at/all',
    PORT: 'eighty',
    HELLO_BOT: 'perhaps',
    HISTORY_URL: 'mysql://secret@localhost/db',
    LOG_LEVEL: 'loud',
  });
  expect(code).toBe(EXIT_CONFIG);
  for (const name of ['PORT', 'HELLO_BOT', 'HISTORY_URL', 'LOG_LEVEL']) expect(output).toContain(name);
  expect(output).not.toContain('secret');
  expect(existsSync('/nowhere')).toBe(false);
});

it.each([
  ['a PGlite database of a version before', 'history/db/PG_VERSION', '18\n', 'holds a PGlite database'],
  ['a database of another program', 'carillon.db', 'hello', 'its file is not a database'],
])(
  'a data directory with %s is refused in one line, and nothing in it is touched',
  async (_, name, text, told) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'carillon-data-'));
    const file = join(dataDir, name);
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
    const before = readdirSync(dataDir, { recursive: true });
    const { code, errors } = await run({ DATA_DIR: dataDir });
    expect(code).toBe(EXIT_CONFIG);
    expect(errors.trim().split('\n').slice(1)).toEqual([
      expect.stringMatching(`^  DATA_DIR: ${dataDir}.*${told}`),
    ]);
    expect(readdirSync(dataDir, { recursive: true })).toEqual(before);
    expect(readFileSync(file, 'utf8')).toBe(text);
    rmSync(dataDir, { recursive: true });
  },
);

it('an empty session-secret ends the start by a line that names the file and the remedy', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'carillon-data-'));
  writeFileSync(join(dataDir, 'session-secret'), '');
  const { code, errors } = await run({ DATA_DIR: dataDir });
  expect(code).toBe(EXIT_CONFIG);
  expect(errors.trim().split('\n').slice(1)).toEqual([
    expect.stringMatching(
      `^  DATA_DIR: ${dataDir}/session-secret is empty.*remove it, and the next start makes one`,
    ),
  ]);
  rmSync(dataDir, { recursive: true });
});

/** Starts a standalone that is expected to end by itself, and gives its end. Ports are any that are free. */
async function run(
  env: Record<string, string>,
): Promise<{ code: number | null; output: string; errors: string }> {
  const ports = { PORT: '0', ADMIN_PORT: '0', MQTT_PORT: '0', HELLO_BOT: 'off' };
  const child = spawn(process.execPath, [MAIN], { env: { ...process.env, ...ports, ...env } });
  let output = '';
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += String(chunk);
  });
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  const late = setTimeout(() => child.kill('SIGKILL'), 100_000);
  await once(child, 'close');
  clearTimeout(late);
  return { code: child.exitCode, output, errors };
}
