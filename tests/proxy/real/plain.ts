/**
 * What leads to Carillon and says nothing more, by the proxy's heading on the page: the first line of its manual. In each
 * of its languages, with the ports that the page prints.
 */
export const PLAIN: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  nginx: {
    nginx: 'server { listen 8000; location / { proxy_pass http://127.0.0.1:8080; } }',
  },
  Caddy: { caddyfile: ':8000\nreverse_proxy 127.0.0.1:8080\n' },
  HAProxy: {
    haproxy:
      'frontend web\n  bind :8000\n  default_backend chat\nbackend chat\n  server one 127.0.0.1:8080\n',
    http: '',
  },
  Apache: { apache: 'Listen 8000\nProxyPass / http://127.0.0.1:8080/\n' },
  lighttpd: {
    lighttpd:
      'server.port = 8000\nserver.modules += ("mod_proxy")\nproxy.server = ("" => (("host" => "127.0.0.1", "port" => 8080)))\n',
  },
  Varnish: { vcl: 'vcl 4.1;\nbackend default { .host = "127.0.0.1"; .port = "8080"; }\n' },
  Squid: {
    squid:
      'http_port 8000 accel defaultsite=chat.example no-vhost\ncache_peer 127.0.0.1 parent 8080 0 no-query originserver\nhttp_access allow all\n',
  },
  h2o: {
    yaml: 'listen: 8000\nhosts:\n  default:\n    paths:\n      /:\n        proxy.reverse.url: http://127.0.0.1:8080/\n',
  },
  'Traffic Server': {
    records: 'CONFIG proxy.config.http.server_ports STRING 8000\n',
    remap: 'map / http://127.0.0.1:8080/\n',
  },
  Vite: { js: "export default { server: { port: 8000, proxy: { '/v1': 'http://127.0.0.1:8080' } } };\n" },
};

/** The same where everything is compressed that can be; without those that compress nothing. */
export const COMPRESSING: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  nginx: {
    nginx: [
      'server {',
      '  listen 8000;',
      '  gzip_proxied any;',
      '  gzip_types text/event-stream;',
      '  location / { proxy_pass http://127.0.0.1:8080; proxy_http_version 1.1; }',
      '}',
    ].join('\n'),
  },
  Caddy: { caddyfile: ':8000\nencode gzip\nreverse_proxy 127.0.0.1:8080\n' },
  HAProxy: {
    haproxy: [
      'frontend web',
      '  bind :8000',
      '  compression algo gzip',
      '  compression type text/event-stream',
      '  default_backend chat',
      'backend chat',
      '  server one 127.0.0.1:8080\n',
    ].join('\n'),
    http: '',
  },
  Apache: {
    apache: [
      'LoadModule filter_module /usr/lib/apache2/modules/mod_filter.so',
      'LoadModule deflate_module /usr/lib/apache2/modules/mod_deflate.so',
      'Listen 8000',
      'SetOutputFilter DEFLATE',
      'ProxyPass / http://127.0.0.1:8080/\n',
    ].join('\n'),
  },
  lighttpd: {
    lighttpd: [
      'server.port = 8000',
      'server.modules += ("mod_deflate", "mod_proxy")',
      'proxy.server = ("" => (("host" => "127.0.0.1", "port" => 8080)))',
      'server.stream-response-body = 2',
      'deflate.mimetypes = ("text/")',
      'deflate.allowed-encodings = ("gzip")\n',
    ].join('\n'),
  },
  Varnish: {
    vcl: [
      'vcl 4.1;',
      'backend default { .host = "127.0.0.1"; .port = "8080"; }',
      'sub vcl_backend_response { set beresp.do_gzip = true; }\n',
    ].join('\n'),
  },
  h2o: {
    yaml: 'listen: 8000\ncompress: ON\nhosts:\n  default:\n    paths:\n      /:\n        proxy.reverse.url: http://127.0.0.1:8080/\n',
  },
  'Traffic Server': {
    records: 'CONFIG proxy.config.http.server_ports STRING 8000\n',
    remap: 'map / http://127.0.0.1:8080/ @plugin=compress.so @pparam=compress.config\n',
  },
};
