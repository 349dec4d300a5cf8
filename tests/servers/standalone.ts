import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';

const MAIN = fileURLToPath(new URL('../../standalone/dist/main.js', import.meta.url));
const ENSURE_BUILT = fileURLToPath(new URL('../../bin/ensure-built.mjs', import.meta.url));
/** It is up within a second; a busy machine takes longer. */
const START_WITHIN_MS = 120_000;
/** A drain and a close take a few seconds. */
const STOP_WITHIN_MS = 60_000;
/** What is kept of the output, characters: enough to see why it ended. */
const MAX_OUTPUT = 200_000;

/** All of Carillon, as `npm start` runs it, in a process of its own. */
export interface Standalone {
  readonly url: string;
  readonly port: number;
  readonly adminPort: number;
  readonly mqttPort: number;
  /** Gone when the test process ends. */
  readonly dataDir: string;
  readonly pid: number;
  /** How it ended; null while it runs, and where a signal ended it. */
  readonly exitCode: number | null;
  /** SIGTERM, and waits for the end. */
  stop(): Promise<void>;
  /** SIGKILL, and waits for the end. */
  kill(): Promise<void>;
  /** Starts it again, on the same ports and data; kills it first where it runs. */
  restart(): Promise<void>;
  /** What it printed so far, on both outputs. */
  stdout(): string;
}

export interface StandaloneOptions {
  env?: Record<string, string>;
  /** The file that its output goes to, instead of being read here. */
  output?: string;
  /** The built `main.js` of another version, and what runs it: a Node with its flags. */
  main?: string;
  node?: readonly string[];
  /** Its port, if you have to know it before it starts; a free one by default. */
  port?: number;
  /** Puts into the data directory what is to be there when it starts. */
  fill?: (dataDir: string) => Promise<void>;
}

/** Starts the built standalone (`npm run build`) on free ports with data of its own, and waits until it is ready. */
export async function startStandalone(options: StandaloneOptions = {}): Promise<Standalone> {
  const port = options.port ?? (await freePort());
  const adminPort = await freePort();
  const mqttPort = await freePort();
  const dataDir = mkdtempSync(join(tmpdir(), 'carillon-data-'));
  const env = {
    ...process.env,
    PORT: String(port),
    ADMIN_PORT: String(adminPort),
    MQTT_PORT: String(mqttPort),
    DATA_DIR: dataDir,
    HELLO_BOT: 'off',
    LOG_LEVEL: 'warn',
    ...options.env,
  };
  let output = '';
  await options.fill?.(dataDir);
  let child = await run();
  process.once('exit', () => {
    child.kill('SIGKILL');
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function run(): Promise<ChildProcess> {
    const [node = '', ...flags] = options.node ?? [serverNode()];
    const into = options.output === undefined ? 'pipe' : openSync(options.output, 'a');
    const started = spawn(node, [...flags, options.main ?? MAIN], { env, stdio: ['ignore', into, into] });
    if (into !== 'pipe') closeSync(into);
    for (const stream of [started.stdout, started.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => {
        output = (output + text).slice(-MAX_OUTPUT);
      });
    const deadline = Date.now() + START_WITHIN_MS;
    while (!(await isReady())) {
      if (hasEnded(started))
        throw new Error(`standalone ended while it started, with ${started.exitCode}:\n${output}`);
      if (Date.now() > deadline) {
        await end(started, 'SIGKILL');
        throw new Error(`standalone was not ready within ${START_WITHIN_MS} ms:\n${output}`);
      }
      await sleep(50);
    }
    return started;
  }

  async function isReady(): Promise<boolean> {
    try {
      const answer = await fetch(`http://127.0.0.1:${adminPort}/readyz`, {
        signal: AbortSignal.timeout(2_000),
      });
      await answer.arrayBuffer();
      return answer.ok;
    } catch {
      return false;
    }
  }

  return {
    url: `http://127.0.0.1:${port}`,
    port,
    adminPort,
    mqttPort,
    dataDir,
    get pid() {
      return child.pid ?? Number.NaN;
    },
    get exitCode() {
      return child.exitCode;
    },
    stop: () => end(child, 'SIGTERM'),
    kill: () => end(child, 'SIGKILL'),
    async restart() {
      await end(child, 'SIGKILL');
      child = await run();
    },
    stdout: () => output,
  };
}

/** Suites of the SDK also run on a Node that is too old for a server. */
function serverNode(): string {
  if (Number.parseInt(process.versions.node, 10) >= 24) return process.execPath;
  const path = execFileSync(process.execPath, [ENSURE_BUILT, 'path'], { encoding: 'utf8' });
  return join(path.slice(0, path.indexOf(':')), 'node');
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (hasEnded(child)) return;
  const ended = once(child, 'exit');
  child.kill(signal);
  const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
  await ended;
  clearTimeout(late);
}
