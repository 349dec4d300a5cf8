import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../../../tests/servers/free-port.ts';
import { startServer } from '../../../tests/servers/server-process.ts';

const NGINX = process.env.NGINX ?? '/usr/sbin/nginx';

/** What an nginx is to be told, so that it is wrong in one way. */
export interface Faulty {
  /** Of its `location /`. */
  location?: string;
  /** Of its `http` block. */
  http?: string;
  /** How its upstream chooses a node. */
  choose?: string;
  /** Ports of 127.0.0.1 it sends to, each in turn. */
  nodes: readonly number[];
  /** Instead of plain HTTP: PEM files. */
  tls?: { certificate: string; key: string; http2?: boolean };
}

/** A plain nginx that would pass streams well but for what it is told. */
export async function startProxy({ location = '', http = '', choose = '', nodes, tls }: Faulty) {
  const directory = await mkdtemp(join(tmpdir(), 'carillon-doctor-'));
  const port = await freePort();
  const listen =
    tls === undefined
      ? `listen 127.0.0.1:${port};`
      : `listen 127.0.0.1:${port} ssl ${tls.http2 ? 'http2' : ''}; ssl_certificate ${tls.certificate}; ssl_certificate_key ${tls.key};`;
  await writeFile(
    join(directory, 'nginx.conf'),
    `worker_processes 1;
pid ${directory}/nginx.pid;
error_log stderr;
events { worker_connections 256; }
http {
  access_log off;
  client_body_temp_path ${directory}/body; proxy_temp_path ${directory}/proxy; fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi; scgi_temp_path ${directory}/scgi;
  ${http}
  upstream carillon { ${choose} ${nodes.map((node) => `server 127.0.0.1:${node};`).join(' ')} }
  server {
    ${listen}
    location / {
      proxy_pass http://carillon;
      proxy_set_header Host $http_host;
      ${location.includes('proxy_http_version') ? '' : 'proxy_http_version 1.1; proxy_set_header Connection "";'}
      ${location.includes('proxy_read_timeout') ? '' : 'proxy_read_timeout 1h;'}
      ${location}
    }
  }
}
`,
  );
  const args = ['-p', directory, '-c', join(directory, 'nginx.conf'), '-e', 'stderr', '-g', 'daemon off;'];
  const server = await startServer(NGINX, args, port);
  return {
    port,
    url: `${tls === undefined ? 'http' : 'https'}://localhost:${port}`,
    async stop() {
      await server.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
