import { execFileSync } from 'node:child_process';
import { chownSync, existsSync, mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { freePort } from './free-port.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** Where Debian puts them, one directory a version. */
const VERSIONS = '/usr/lib/postgresql';

/** A server that was killed replays its log before it answers; the processes it left behind have to end first. */
const READY_WITHIN_MS = 60_000;

const REMEDY = 'PostgreSQL is not installed: apt-get install postgresql';

const BINARIES = findBinaries();

/** Whether PostgreSQL can be started here. Where not, says once how to get it; with `CI=true` that is an error. */
export const postgresInstalled: boolean = BINARIES !== undefined;

/** A PostgreSQL server of its own, on 127.0.0.1 and a Unix socket, with fsync on, in a directory that goes with it. */
export interface Postgres extends ServerProcess {
  /** Of the database `postgres`. */
  readonly url: string;
  readonly port: number;
  readonly dataDir: string;
  /** Creates an empty database. Returns its URL. */
  createDatabase(): Promise<string>;
}

/** Starts a server; `settings` are added to its command line (`-c name=value`). The server refuses root, so then it runs as `postgres`. */
export async function startPostgres(settings: readonly string[] = []): Promise<Postgres> {
  if (BINARIES === undefined) throw new Error(REMEDY);
  const directory = mkdtempSync(join(tmpdir(), 'carillon-postgres-'));
  const dataDir = join(directory, 'data');
  const user = process.getuid?.() === 0 ? serverUser(directory) : [];
  const [initdb, ...initdbArgs] = [
    ...user,
    join(BINARIES, 'initdb'),
    ...['-D', dataDir, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
  ] as [string, ...string[]];
  execFileSync(initdb, initdbArgs, { cwd: directory, stdio: 'pipe' });
  const port = await freePort();
  const [command, ...args] = [
    ...user,
    join(BINARIES, 'postgres'),
    ...['-D', dataDir, '-h', '127.0.0.1', '-p', String(port), '-k', directory, '-c', 'fsync=on'],
    ...settings.flatMap((setting) => ['-c', setting]),
  ] as [string, ...string[]];
  const url = `postgres://postgres@127.0.0.1:${port}/postgres`;
  const server = await startServer(command, args, port);
  await untilReady(url);
  const { kill, restart } = server;
  let databases = 0;
  let frozen: number[] = [];
  return Object.assign(server, {
    url,
    port,
    dataDir,
    /** With SIGINT: at SIGTERM the server waits for its clients to leave. */
    async stop() {
      signal(frozen, 'SIGCONT');
      await kill('SIGINT');
      await rm(directory, { recursive: true, force: true });
    },
    /** With SIGKILL all its processes at once: of those that serve connections one might else end a commit. */
    async kill(name: NodeJS.Signals = 'SIGKILL') {
      frozen = [];
      if (name === 'SIGKILL') signal(processesOf(server.pid), name);
      await kill(name);
    },
    freeze() {
      frozen = processesOf(server.pid);
      signal(frozen, 'SIGSTOP');
    },
    thaw() {
      signal(frozen, 'SIGCONT');
      frozen = [];
    },
    async restart() {
      frozen = [];
      await retry(restart);
      await untilReady(url);
    },
    async createDatabase() {
      databases += 1;
      const name = `store_${databases}`;
      await query(url, `create database ${name}`);
      return url.replace(/\/postgres$/, `/${name}`);
    },
  });
}

/** Runs one statement on a connection of its own. */
export async function query(url: string, sql: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 2_000 });
  client.on('error', () => {});
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end();
  }
}

function findBinaries(): string | undefined {
  const versions = existsSync(VERSIONS) ? readdirSync(VERSIONS).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions
    .map((version) => join(VERSIONS, version, 'bin'))
    .find((directory) => existsSync(join(directory, 'postgres')));
  if (found === undefined) {
    if (process.env.CI === 'true') throw new Error(REMEDY);
    console.log(`skipped: ${REMEDY}`);
  }
  return found;
}

/** Gives the directory to the user `postgres`, and the command that runs as that user in the same process. */
function serverUser(directory: string): string[] {
  const id = (flag: string) => Number(execFileSync('id', [flag, 'postgres'], { encoding: 'utf8' }));
  chownSync(directory, id('-u'), id('-g'));
  return ['setpriv', '--reuid=postgres', '--regid=postgres', '--init-groups'];
}

/** A server's process and those that serve its connections. */
function processesOf(pid: number): number[] {
  if (!existsSync(`/proc/${pid}`)) return [];
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ').map(Number);
  return [pid, ...children.filter((child) => child > 0)];
}

function signal(pids: readonly number[], name: NodeJS.Signals): void {
  for (const pid of pids) if (existsSync(`/proc/${pid}`)) process.kill(pid, name);
}

const untilReady = (url: string) => retry(() => query(url, 'select 1'));

async function retry(attempt: () => Promise<unknown>): Promise<void> {
  const deadline = Date.now() + READY_WITHIN_MS;
  for (;;) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(50);
    }
  }
}
