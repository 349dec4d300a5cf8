import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
/** A folder whose `engine` starts a Docker engine and makes images, where a machine has none. */
const ENGINE = process.env.CARILLON_ENGINE;

const COMPOSE_FILES = (process.env.COMPOSE_FILE ?? 'compose.yaml').split(':');

/** Of a stack that stands beside one that somebody uses. */
const PORTS = { HTTP_PORT: '28080', HTTPS_PORT: '28443' };

export const HTTP = `http://127.0.0.1:${PORTS.HTTP_PORT}`;
export const HTTPS = `https://127.0.0.1:${PORTS.HTTPS_PORT}`;

const ENVIRONMENT = {
  ...process.env,
  ...PORTS,
  COMPOSE_PROJECT_NAME: 'carillon-test',
  // Nobody but the test posts, and as fast as it likes.
  RATE_LIMIT: 'off',
};

/** Runs a program in the project's folder. Resolves with its stdout; rejects with its output if it fails. */
export function run(command: string, args: readonly string[], withinMs = 120_000): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd: ROOT, env: ENVIRONMENT, stdio: ['ignore', 'pipe', 'pipe'] });
    let stdout = '';
    let all = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      all = (all + text).slice(-4_000);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      all = (all + text).slice(-4_000);
    });
    const late = setTimeout(() => child.kill('SIGKILL'), withinMs);
    child.on('error', reject);
    child.on('close', (code) => {
      clearTimeout(late);
      if (code === 0) resolve(stdout);
      else reject(new Error(`${command} ${args.join(' ')} ended with ${code ?? 'a signal'}:\n${all}`));
    });
  });
}

export const compose = (args: readonly string[], withinMs?: number) =>
  run('docker', ['compose', ...args], withinMs);

/** Makes sure that a Docker engine runs; if none does, starts one from `CARILLON_ENGINE`. */
export async function prepareEngine(): Promise<string> {
  const runs = await works('docker', ['info']);
  const composes = await works('docker', ['compose', 'version']);
  if (runs && composes) return 'there already';
  if (ENGINE === undefined) throw new Error('a Docker engine with Compose is needed, or CARILLON_ENGINE');
  if (!runs) await run(`${ENGINE}/engine`, ['up'], 300_000);
  await run(`${ENGINE}/engine`, ['compose-plugin'], 600_000);
  await run(`${ENGINE}/engine`, ['images', ...COMPOSE_FILES], 900_000);
  return `started by ${ENGINE}`;
}

function works(command: string, args: readonly string[]): Promise<boolean> {
  return run(command, args, 30_000).then(
    () => true,
    () => false,
  );
}

/** The containers of a service that run, oldest first. */
export async function containersOf(service: string): Promise<string[]> {
  const ids = (await compose(['ps', '--quiet', service])).split('\n').filter(Boolean);
  return ids.reverse();
}
