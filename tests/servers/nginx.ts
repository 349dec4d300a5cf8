import { execFileSync } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';
import { type ServerProcess, startServer } from './server-process.ts';

/** Another nginx than Debian's may be tried: `NGINX=/usr/local/sbin/nginx npx vitest run tests/proxy`. */
const BINARY = process.env.NGINX ?? '/usr/sbin/nginx';
const SOURCES = fileURLToPath(new URL('../../nginx', import.meta.url));
const PAGE = fileURLToPath(new URL('../../client/page/dist', import.meta.url));

/** Whether nginx can be started here. Where not, says once how to get it; with `CI=true` that is an error. */
export const nginxInstalled: boolean = findNginx();

/** The ports of 127.0.0.1 that nginx finds the services at. */
export interface Nodes {
  chat: readonly number[];
  broadcast: readonly number[];
}

export interface NginxOptions extends Nodes {
  /** The folder of the built page; that of this repository where undefined. */
  page?: string;
  /** Variables of `nginx/render`, such as CALLS_PER_SECOND. */
  env?: Readonly<Record<string, string>>;
}

/** The proxy with this project's configuration, on 127.0.0.1. */
export interface Nginx extends ServerProcess {
  readonly url: string;
  readonly port: number;
  /** With TLS and HTTP/2; its certificate is signed by itself. */
  readonly secureUrl: string;
  readonly securePort: number;
  /** Of the health check, which is not published. */
  readonly adminPort: number;
  /** The self-signed certificate, PEM. */
  readonly certificate: string;
  /** Reads the configuration again, with other nodes where they are given; streams stay with the old workers. */
  reload(nodes?: Nodes): Promise<void>;
  /** Gives it another certificate, which is good for so many days. */
  renewCertificate(days: number): Promise<void>;
  /** The access log's lines so far, parsed; throws where one is not JSON. */
  accessLog(): Record<string, unknown>[];
}

/** Starts nginx with the files of `nginx/`, as a container does it, before nodes on ports of 127.0.0.1. */
export async function startNginx(options: NginxOptions): Promise<Nginx> {
  const directory = await mkdtemp(join(tmpdir(), 'carillon-nginx-'));
  // As root, its workers are somebody else, and read the problem documents here.
  await chmod(directory, 0o755);
  const [port, securePort, adminPort] = [await freePort(), await freePort(), await freePort()];
  const file = (name: string) => join(directory, name);
  makeCertificate(file('certificate.pem'), file('key.pem'), 2);
  const settings: NodeJS.ProcessEnv = {
    ...process.env,
    PAGE: options.page ?? PAGE,
    CERTIFICATE: file('certificate.pem'),
    CERTIFICATE_KEY: file('key.pem'),
    HTTP_LISTEN: `127.0.0.1:${port}`,
    HTTPS_LISTEN: `127.0.0.1:${securePort}`,
    ADMIN_LISTEN: `127.0.0.1:${adminPort}`,
    ACCESS_LOG: file('access.log'),
    ...options.env,
  };
  const environment = ({ chat, broadcast }: Nodes) => ({
    ...settings,
    CHAT_NODES: addresses(chat),
    BROADCAST_NODES: addresses(broadcast),
  });
  execFileSync(join(SOURCES, 'render'), [directory], { env: environment(options), stdio: 'pipe' });
  const args = ['-p', directory, '-c', file('nginx.conf'), '-e', 'stderr', '-g', 'daemon off;'];
  const server = await startServer(BINARY, args, port);
  const { stop, kill, restart } = server;
  const workers = () => childrenOf(server.pid);
  const reload = async (nodes?: Nodes) => {
    if (nodes !== undefined) {
      const upstreams = execFileSync(join(SOURCES, 'nodes'), { env: environment(nodes), stdio: 'pipe' });
      await writeFile(file('nodes.conf'), upstreams);
    }
    const before = workers();
    process.kill(server.pid, 'SIGHUP');
    await until(() => before.every(hasLeft));
  };
  return Object.assign(server, {
    url: `http://127.0.0.1:${port}`,
    port,
    secureUrl: `https://127.0.0.1:${securePort}`,
    securePort,
    adminPort,
    certificate: readFileSync(file('certificate.pem'), 'utf8'),
    reload,
    async renewCertificate(days: number) {
      makeCertificate(file('certificate.pem'), file('key.pem'), days);
      await reload();
    },
    accessLog: () => parseLines(file('access.log')),
    /** At once, streams and all. */
    async stop() {
      await stop();
      await rm(directory, { recursive: true, force: true });
    },
    /** With SIGKILL its workers too: they would serve on without their master. */
    async kill(signal: NodeJS.Signals = 'SIGKILL') {
      const pids = signal === 'SIGKILL' ? workers() : [];
      await kill(signal);
      for (const pid of pids) killIfThere(pid);
      await until(() => pids.every((pid) => !titleOf(pid).startsWith('nginx: ')));
    },
    async restart() {
      const pids = workers();
      await kill('SIGKILL');
      for (const pid of pids) killIfThere(pid);
      await restart();
    },
  });
}

/** A worker is there a moment after the signal; a busy machine takes longer. */
const CHANGE_WITHIN_MS = 60_000;

async function until(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + CHANGE_WITHIN_MS;
  while (!condition()) {
    if (Date.now() > deadline) throw new Error(`nginx did not change within ${CHANGE_WITHIN_MS} ms`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

function addresses(ports: readonly number[]): string {
  return ports.map((port) => `127.0.0.1:${port}`).join(' ');
}

/** The same way for both files: a key on a P-256 curve is made in a moment. */
function makeCertificate(certificate: string, key: string, days: number): void {
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const made = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key];
  const args = ['req', '-x509', ...made, '-out', certificate, '-days', String(days), ...subject];
  execFileSync('openssl', args, { stdio: 'pipe' });
}

function childrenOf(pid: number): number[] {
  const file = `/proc/${pid}/task/${pid}/children`;
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').trim().split(' ').filter(Boolean).map(Number);
}

/** Takes no connections any more. nginx says it in the process's title. */
function hasLeft(worker: number): boolean {
  return /^$|shutting down/.test(titleOf(worker));
}

/** What a process calls itself; empty where there is none. */
function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    // It ended meanwhile.
    return '';
  }
}

/** Where the number is still nginx's: one that has ended may have given it to any other process. */
function killIfThere(pid: number): void {
  if (titleOf(pid).startsWith('nginx: ')) process.kill(pid, 'SIGKILL');
}

function parseLines(path: string): Record<string, unknown>[] {
  const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').filter(Boolean) : [];
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

function findNginx(): boolean {
  try {
    accessSync(BINARY, constants.X_OK);
    return true;
  } catch {
    const remedy = 'nginx is not installed: apt-get install nginx gettext-base openssl';
    if (process.env.CI === 'true') throw new Error(remedy);
    console.log(`skipped: ${remedy}`);
    return false;
  }
}
