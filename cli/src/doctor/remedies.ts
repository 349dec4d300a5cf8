import { type ProxyName, sectionOf } from './proxies.ts';

/** The faults of proxies. */
export type Fault =
  | 'host rewritten'
  | 'https not reported'
  | 'asked by HTTP/1.0'
  | 'packed'
  | 'gathered'
  | 'cursor header dropped'
  | 'cut after bytes'
  | 'scattered'
  | 'cut when idle'
  | 'leaving missed';

interface Remedy {
  /** For unrecognized proxies, and for those without a line of their own. */
  any: string;
  /** A configuration line for each proxy that is recognized by its headers. */
  by: Readonly<Partial<Record<ProxyName, string>>>;
}

const REMEDIES: Readonly<Record<Fault, Remedy>> = {
  'host rewritten': {
    any: 'Let the proxy pass the Host header on unchanged (HAProxy and Caddy do; npm http-proxy and webpack-dev-server: changeOrigin: false; mitmdump: --set keep_host_header=true).',
    by: {
      nginx: 'proxy_set_header Host $http_host;',
      Apache: 'ProxyPreserveHost On',
      h2o: 'proxy.preserve-host: ON',
      'Traffic Server': 'CONFIG proxy.config.url_remap.pristine_host_hdr INT 1',
      Vite: "'/v1': { target, changeOrigin: false } instead of '/v1': target",
    },
  },
  'https not reported': {
    any: 'Let the proxy that terminates TLS set X-Forwarded-Proto to the scheme that the browser used, https or http (HAProxy: http-request set-header X-Forwarded-Proto %[ssl_fc,iif(https,http)]).',
    by: {
      nginx: 'proxy_set_header X-Forwarded-Proto $scheme;',
      Apache: 'RequestHeader set X-Forwarded-Proto expr=%{REQUEST_SCHEME}',
      lighttpd: 'proxy.forwarded = ("for" => 1, "proto" => 1)',
      Vite: 'xfwd: true',
    },
  },
  'asked by HTTP/1.0': {
    any: 'Let the proxy use HTTP/1.1 to reach Carillon.',
    by: { nginx: 'proxy_http_version 1.1; proxy_set_header Connection "";' },
  },
  packed: {
    any: 'Remove text/event-stream from the types that are compressed.',
    by: {
      nginx: 'gzip_types (and brotli_types) without text/event-stream',
      Apache: 'AddOutputFilterByType DEFLATE without text/event-stream',
      lighttpd: 'deflate.mimetypes without text/event-stream',
      Varnish: 'set beresp.do_gzip = false; where the type is text/event-stream',
      h2o: 'compress: OFF for the paths of streams',
    },
  },
  gathered: {
    any: 'Turn buffering off for streams. If there is a CDN or a virus scanner in between, exclude text/event-stream there.',
    by: {
      nginx: 'proxy_buffering off; and do not ignore X-Accel-Buffering',
      Caddy: 'flush_interval -1',
      Apache: 'ProxyPass … flushpackets=on',
      lighttpd: 'server.stream-response-body = 2',
      Varnish: 'return (pipe); in vcl_recv for streams',
    },
  },
  'cursor header dropped': {
    any: 'Let the request header Last-Event-ID pass (look for a list of allowed headers in the proxy or firewall).',
    by: {},
  },
  'cut after bytes': {
    any: 'Look for a limit on the size or the duration of a response in whatever is in between (a gateway, a firewall, a virus scanner), and lift it for text/event-stream.',
    by: {},
  },
  scattered: {
    any: 'Route streams to a node by a cookie (HAProxy: cookie … insert; nginx/conf/sticky.conf shows it for nginx).',
    by: { nginx: 'hash $cookie_… consistent; as in nginx/conf/sticky.conf' },
  },
  'cut when idle': {
    any: 'Raise the idle timeout of everything in between to an hour (HAProxy: timeout client 1h, timeout server 1h; a load balancer\'s "idle timeout").',
    by: {
      nginx: 'proxy_read_timeout 1h;',
      Apache: 'ProxyPass … timeout=3600',
      Varnish: '.between_bytes_timeout = 1h; of the backend, and pipe_timeout',
      Squid: 'read_timeout 1 hour',
      h2o: 'proxy.timeout.io: 3600000',
      'Traffic Server': 'CONFIG proxy.config.http.transaction_no_activity_timeout_out INT 3600',
    },
  },
  'leaving missed': {
    any: 'Let the proxy close its connection to Carillon when the client disconnects (HAProxy: option abortonclose; npm http-proxy 1.18 and webpack-dev-server never do: use http-proxy-middleware 3).',
    by: {
      nginx: 'proxy_ignore_client_abort off;',
      Apache: 'it notices at the next write, so open streams with ?heartbeat=4',
      Varnish: 'it notices at the next write, so open streams with ?heartbeat=4',
      h2o: 'it notices at the next write, so open streams with ?heartbeat=4',
      'Traffic Server': 'it notices at the next write, so open streams with ?heartbeat=4',
    },
  },
};

/**
 * The remedy for a fault: one line for each recognized proxy that has one, else the general one. Each ends with the
 * section of docs/proxies.md that explains it.
 */
export function remedyFor(wrong: Fault, proxies: readonly ProxyName[]): string {
  const { any, by } = REMEDIES[wrong];
  const lines = proxies.flatMap((name) => {
    const line = by[name];
    return line === undefined ? [] : [`${name}: ${line} (${sectionOf(name)})`];
  });
  if (lines.length > 0) return lines.join(', or ');
  const sections = proxies.map(sectionOf);
  return `${any} See ${sections.length === 0 ? 'docs/proxies.md' : sections.join(' and ')}.`;
}
