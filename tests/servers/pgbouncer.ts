import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from './free-port.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** Debian's, and the one that `.ci/install-pgbouncer` builds where Debian's is older than {@link FIT_SINCE}. */
const DEBIAN = '/usr/sbin/pgbouncer';
const BUILT = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'carillon-tools/pgbouncer/bin/pgbouncer',
);

/** Since this version it knows of prepared statements. */
const FIT_SINCE = [1, 21] as const;

const REMEDY = 'no PgBouncer since 1.21 is installed: .ci/install-pgbouncer';

const FIT = [BUILT, DEBIAN].find((binary) => isFit(binary) === true);

/** One from before it knew of prepared statements, where there is one: Debian 12 has 1.18. */
export const OLD_PGBOUNCER: string | undefined = [DEBIAN].find((binary) => isFit(binary) === false);

/** Whether PgBouncer 1.21 or newer can be started here. Where not, {@link startPgbouncer} says how to get it. */
export const pgbouncerInstalled: boolean = FIT !== undefined || missing();

/** A PgBouncer before a PostgreSQL server of this machine. */
export interface Pgbouncer extends ServerProcess {
  readonly port: number;
  /** Where a database is reached by way of it, of which this is the server's own URL. */
  urlOf(direct: string): string;
}

/**
 * Starts one that lets everybody in, to any database of the server at this port.
 *
 * @param settings lines of its section `[pgbouncer]`, such as `pool_mode = transaction`.
 * @param binary which one; else a PgBouncer 1.21 or newer.
 */
export async function startPgbouncer(
  serverPort: number,
  settings: readonly string[],
  binary: string | undefined = FIT,
): Promise<Pgbouncer> {
  if (binary === undefined) throw new Error(REMEDY);
  const directory = mkdtempSync(join(tmpdir(), 'carillon-pgbouncer-'));
  const port = await freePort();
  const users = join(directory, 'users.txt');
  const ini = join(directory, 'pgbouncer.ini');
  writeFileSync(users, '"postgres" ""\n');
  const lines = [
    ...['[databases]', `* = host=127.0.0.1 port=${serverPort}`, '[pgbouncer]'],
    ...['listen_addr = 127.0.0.1', `listen_port = ${port}`, 'unix_socket_dir ='],
    ...['auth_type = trust', `auth_file = ${users}`, ...settings],
  ];
  writeFileSync(ini, `${lines.join('\n')}\n`);
  // It refuses root, and becomes another user once it has read its files.
  const user = process.getuid?.() === 0 ? ['-u', 'postgres'] : [];
  const server = await startServer(binary, [...user, ini], port);
  const { kill } = server;
  return Object.assign(server, {
    port,
    urlOf(direct: string) {
      const url = new URL(direct);
      url.port = String(port);
      return url.href;
    },
    /** With SIGQUIT: at SIGTERM a newer one waits for its clients to leave. */
    async stop() {
      await kill('SIGQUIT');
      await rm(directory, { recursive: true, force: true });
    },
  });
}

/** Undefined where it does not run. */
function isFit(binary: string): boolean | undefined {
  if (!existsSync(binary)) return undefined;
  const said = execFileSync(binary, ['--version'], { encoding: 'utf8' });
  const [, major, minor] = /^PgBouncer (\d+)\.(\d+)/.exec(said) ?? [];
  if (major === undefined) return undefined;
  return Number(major) > FIT_SINCE[0] || (Number(major) === FIT_SINCE[0] && Number(minor) >= FIT_SINCE[1]);
}

function missing(): false {
  if (process.env.CI === 'true') throw new Error(REMEDY);
  console.log(`skipped: ${REMEDY}`);
  return false;
}
