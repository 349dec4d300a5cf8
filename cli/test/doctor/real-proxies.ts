import { execFileSync } from 'node:child_process';
import { accessSync, constants, readFileSync, writeFileSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../tests/servers/free-port.ts';
import { startServer } from '../../../tests/servers/server-process.ts';

/** How a proxy is run as its package brings it, with the least that makes it one. */
interface Stock {
  binary: string;
  /** Writes its configuration into a directory, for a proxy on a port before the Carillon on another; gives its arguments. */
  prepare(directory: string, port: number, carillon: number): readonly string[];
}

const MODULES = ['mpm_event', 'authz_core', 'proxy', 'proxy_http'].map(
  (name) => `LoadModule ${name}_module /usr/lib/apache2/modules/mod_${name}.so\n`,
);

/** The release that most of npm has, and never passes a leaving on. */
const HTTP_PROXY = 'http-proxy@1.18.1';

const VITE = join(import.meta.dirname, '../../../node_modules/vite/bin/vite.js');

export const STOCK = {
  nginx: {
    binary: '/usr/sbin/nginx',
    prepare(directory, port, carillon) {
      const site = `server { listen 127.0.0.1:${port}; location / { proxy_pass http://127.0.0.1:${carillon}; } }`;
      const main = readFileSync('/etc/nginx/nginx.conf', 'utf8')
        .replace('/etc/nginx/sites-enabled/*', write(directory, 'site', site))
        .replaceAll(/\/run\/|\/var\/log\/nginx\//g, `${directory}/`)
        .replace(/^include \/etc\/nginx\/modules-enabled.*$/m, '');
      return ['-c', write(directory, 'nginx.conf', main), '-e', 'stderr', '-g', 'daemon off;'];
    },
  },
  Apache: {
    binary: '/usr/sbin/apache2',
    prepare(directory, port, carillon) {
      const main = `${MODULES.join('')}Listen 127.0.0.1:${port}
PidFile ${directory}/pid
ErrorLog ${directory}/error.log
User www-data
Group www-data
ProxyPass / http://127.0.0.1:${carillon}/
`;
      return ['-DFOREGROUND', '-d', directory, '-f', write(directory, 'apache2.conf', main)];
    },
  },
  HAProxy: {
    binary: '/usr/sbin/haproxy',
    prepare(directory, port, carillon) {
      const [, defaults = ''] = readFileSync('/etc/haproxy/haproxy.cfg', 'utf8').split(/^(?=defaults)/m);
      const site = `listen web\n\tbind 127.0.0.1:${port}\n\tserver one 127.0.0.1:${carillon}\n`;
      return ['-db', '-f', write(directory, 'haproxy.cfg', defaults + site)];
    },
  },
  lighttpd: {
    binary: '/usr/sbin/lighttpd',
    prepare(directory, port, carillon) {
      const main = `server.document-root = "${directory}"
server.bind = "127.0.0.1"
server.port = ${port}
server.modules = ("mod_proxy")
proxy.server = ("" => (("host" => "127.0.0.1", "port" => ${carillon})))
`;
      return ['-D', '-f', write(directory, 'lighttpd.conf', main)];
    },
  },
  Varnish: {
    binary: '/usr/sbin/varnishd',
    prepare(directory, port, carillon) {
      const backend = `127.0.0.1:${carillon}`;
      return [
        '-F',
        '-a',
        `127.0.0.1:${port}`,
        '-b',
        backend,
        '-n',
        join(directory, 'work'),
        '-s',
        'malloc,32m',
      ];
    },
  },
  'http-proxy': {
    binary: process.execPath,
    prepare(directory, port, carillon) {
      const install = ['install', '--silent', '--no-audit', '--no-fund', '--prefix', directory, HTTP_PROXY];
      execFileSync('npm', install, { cwd: directory, stdio: 'pipe' });
      const main = `require('http-proxy').createProxyServer({ target: 'http://127.0.0.1:${carillon}' })
        .on('error', () => {}).listen(${port}, '127.0.0.1');`;
      return ['--no-deprecation', write(directory, 'proxy.cjs', main)];
    },
  },
  Vite: {
    binary: process.execPath,
    prepare(directory, port, carillon) {
      const target = `http://127.0.0.1:${carillon}`;
      const server = { host: '127.0.0.1', port, strictPort: true, proxy: { '/v1': target, '/c': target } };
      const config = write(directory, 'vite.config.mjs', `export default ${JSON.stringify({ server })};\n`);
      write(directory, 'index.html', '<!doctype html>\n');
      return [VITE, directory, '--config', config, '--clearScreen', 'false'];
    },
  },
} as const satisfies Readonly<Record<string, Stock>>;

export type StockName = keyof typeof STOCK;

/** Whether the binary is here. Where not, says so; with `CI=true` that is an error. */
export function isInstalled(name: StockName): boolean {
  try {
    accessSync(STOCK[name].binary, constants.X_OK);
    return true;
  } catch {
    const missing = `${name} is not installed: ${STOCK[name].binary}`;
    if (process.env.CI === 'true') throw new Error(missing);
    console.log(`skipped: ${missing}`);
    return false;
  }
}

/** Starts a proxy as its package brings it, before the Carillon at this port of 127.0.0.1. */
export async function startStock(name: StockName, carillon: number) {
  const directory = await mkdtemp(join(tmpdir(), 'carillon-doctor-real-'));
  // Most give root up at once.
  await chmod(directory, 0o777);
  const port = await freePort();
  const { binary, prepare } = STOCK[name];
  const server = await startServer(binary, prepare(directory, port, carillon), port);
  return {
    url: `http://127.0.0.1:${port}`,
    async stop() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

function write(directory: string, name: string, text: string): string {
  const file = join(directory, name);
  writeFileSync(file, text);
  return file;
}
