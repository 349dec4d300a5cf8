import { accessSync, chmodSync, constants, cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../servers/free-port.ts';
import { type ServerProcess, startServer } from '../../servers/server-process.ts';
import { type Ports, type Printed, withPorts } from './page.ts';

/** A way to run a proxy as a package brings it, with a configuration in its own language. */
export interface Kind {
  binary: string;
  /** How the blocks of its configuration are marked on the page. */
  languages: readonly string[];
  /** Writes its configuration, around `blocks`, into a directory. Returns its command line. */
  prepare(directory: string, blocks: readonly string[], ports: Ports): Command | Promise<Command>;
}

interface Command {
  args: readonly string[];
  env?: NodeJS.ProcessEnv;
}

/** A proxy that runs. */
export interface RunningProxy {
  readonly port: number;
  readonly url: string;
  stop(): Promise<void>;
}

/** Debian's own main file does the rest, as where somebody adds a site. */
const nginx: Kind = {
  binary: '/usr/sbin/nginx',
  languages: ['nginx'],
  prepare(directory, [site = '']) {
    const main = readFileSync('/etc/nginx/nginx.conf', 'utf8')
      .replace('/etc/nginx/sites-enabled/*', write(directory, 'site', site))
      .replaceAll(/\/run\/|\/var\/log\/nginx\//g, `${directory}/`)
      .replace(/^include \/etc\/nginx\/modules-enabled.*$/m, '');
    return { args: ['-c', write(directory, 'nginx.conf', main), '-e', 'stderr', '-g', 'daemon off;'] };
  },
};

const caddy: Kind = {
  binary: '/usr/bin/caddy',
  languages: ['caddyfile'],
  async prepare(directory, [site = '']) {
    const env = { HOME: directory, XDG_DATA_HOME: directory, XDG_CONFIG_HOME: directory };
    return {
      args: ['run', '--adapter', 'caddyfile', '--config', write(directory, 'Caddyfile', site)],
      env: { ...env, CADDY_ADMIN: `127.0.0.1:${await freePort()}` },
    };
  },
};

/** With Debian's defaults, its time limits among them. */
const haproxy: Kind = {
  binary: '/usr/sbin/haproxy',
  languages: ['haproxy', 'http'],
  prepare(directory, [own = '', comeBack = '']) {
    const [, defaults = ''] = readFileSync('/etc/haproxy/haproxy.cfg', 'utf8').split(/^(?=defaults)/m);
    const site = own.replaceAll(
      '/etc/haproxy/errors/come-back.http',
      write(directory, 'come-back.http', comeBack),
    );
    return { args: ['-db', '-f', write(directory, 'haproxy.cfg', defaults + site)] };
  },
};

const apache: Kind = {
  binary: '/usr/sbin/apache2',
  languages: ['apache'],
  prepare(directory, [site = '']) {
    const modules = ['mpm_event', 'authz_core', 'proxy', 'proxy_http', 'headers'].map(
      (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so`,
    );
    const main = [
      ...modules,
      `PidFile ${directory}/pid`,
      `ErrorLog ${directory}/error.log`,
      'User www-data',
      'Group www-data',
      site,
    ];
    return {
      args: ['-DFOREGROUND', '-d', directory, '-f', write(directory, 'apache2.conf', main.join('\n'))],
    };
  },
};

const lighttpd: Kind = {
  binary: '/usr/sbin/lighttpd',
  languages: ['lighttpd'],
  prepare(directory, [own = '']) {
    const main = `server.document-root = "${directory}"\n${own}`;
    return { args: ['-D', '-f', write(directory, 'lighttpd.conf', main)] };
  },
};

const varnish: Kind = {
  binary: '/usr/sbin/varnishd',
  languages: ['vcl'],
  prepare(directory, [own = ''], { proxy }) {
    const file = write(directory, 'carillon.vcl', own);
    return { args: ['-F', '-a', `:${proxy}`, '-f', file, '-n', join(directory, 'work'), '-s', 'malloc,32m'] };
  },
};

const squid: Kind = {
  binary: '/usr/sbin/squid',
  languages: ['squid'],
  prepare(directory, [own = '']) {
    const main = `${own}\npid_filename none\ncache_log /dev/stderr\naccess_log none\ncoredump_dir ${directory}\nshutdown_lifetime 1 second\n`;
    return { args: ['-N', '-f', write(directory, 'squid.conf', main)] };
  },
};

const h2o: Kind = {
  binary: '/usr/bin/h2o',
  languages: ['yaml'],
  prepare: (directory, [own = '']) => ({ args: ['-c', write(directory, 'h2o.conf', own)] }),
};

/** In a root of its own, with Debian's files. */
const trafficServer: Kind = {
  binary: '/usr/bin/traffic_server',
  languages: ['records', 'remap'],
  prepare(directory, [records = '', remap = '']) {
    const root = join(directory, 'root');
    for (const folder of ['config', 'log', 'run', 'cache']) {
      mkdirSync(join(root, folder), { recursive: true });
      chmodSync(join(root, folder), 0o777);
    }
    cpSync('/etc/trafficserver', join(root, 'config'), { recursive: true });
    const stock = readFileSync(join(root, 'config/records.config'), 'utf8');
    write(root, 'config/records.config', `${stock}\n${records}`);
    write(root, 'config/remap.config', remap);
    write(root, 'config/compress.config', 'compressible-content-type text/*\nsupported-algorithms gzip\n');
    write(root, 'config/storage.config', `${root}/cache 32M\n`);
    const layout = [
      `prefix: ${root}`,
      'exec_prefix: /usr',
      'bindir: /usr/bin',
      'sbindir: /usr/bin',
      'sysconfdir: config',
      'datadir: cache',
      'libexecdir: /usr/lib/trafficserver/modules',
      'localstatedir: run',
      'runtimedir: run',
      'logdir: log',
      'cachedir: cache',
    ];
    return { args: [`--run-root=${write(root, 'runroot.yaml', layout.join('\n'))}`] };
  },
};

const vite: Kind = {
  binary: process.execPath,
  languages: ['js'],
  prepare(directory, [own = '']) {
    const main = join(import.meta.dirname, '../../../node_modules/vite/bin/vite.js');
    const config = write(directory, 'vite.config.mjs', own);
    write(directory, 'index.html', '<!doctype html>\n');
    return {
      args: [
        main,
        directory,
        '--config',
        config,
        '--strictPort',
        '--host',
        '0.0.0.0',
        '--clearScreen',
        'false',
      ],
    };
  },
};

/** By their headings on the page. */
export const KINDS: Readonly<Record<string, Kind>> = {
  nginx,
  Caddy: caddy,
  HAProxy: haproxy,
  Apache: apache,
  lighttpd,
  Varnish: varnish,
  Squid: squid,
  h2o,
  'Traffic Server': trafficServer,
  Vite: vite,
};

/** Whether the binary is here. Where not, says once how to get it; with `CI=true` that is an error. */
export function isInstalled(name: string, { binary }: Kind): boolean {
  try {
    accessSync(binary, constants.X_OK);
    return true;
  } catch {
    const remedy = `${name} is not installed: .ci/install-proxies`;
    if (process.env.CI === 'true') throw new Error(remedy);
    console.log(`skipped: ${remedy}`);
    return false;
  }
}

/** Starts a proxy before the Carillon at this port, as its section of the page says. */
export function startPrinted(kind: Kind, printed: Printed, carillon: number): Promise<RunningProxy> {
  return start(kind, carillon, (language, ports) => printed.block(language, ports));
}

/** Starts a proxy before the Carillon at this port with these blocks, by their languages. */
export function startPlain(
  kind: Kind,
  blocks: Readonly<Record<string, string>>,
  carillon: number,
): Promise<RunningProxy> {
  return start(kind, carillon, (language, ports) => withPorts(blocks[language] ?? '', ports));
}

/** Starts a proxy in front of the Carillon at this port; `configure` returns the block in each of its languages. */
async function start(
  kind: Kind,
  carillon: number,
  configure: (language: string, ports: Ports) => string,
): Promise<RunningProxy> {
  const directory = await mkdtemp(join(tmpdir(), 'carillon-proxy-'));
  // Most give root up at once.
  await chmod(directory, 0o777);
  const ports = { proxy: await freePort(), carillon };
  const blocks = kind.languages.map((language) => configure(language, ports));
  const { args, env = {} } = await kind.prepare(directory, blocks, ports);
  const server = await startServer(kind.binary, args, ports.proxy, { ...process.env, ...env });
  running.add(server);
  return {
    port: ports.proxy,
    url: `http://127.0.0.1:${ports.proxy}`,
    async stop() {
      await server.stop();
      running.delete(server);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Those that a failed test left running; they end with its process. */
const running = new Set<ServerProcess>();
process.once('exit', () => {
  for (const { pid } of running) process.kill(pid, 'SIGTERM');
});

function write(directory: string, name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}
