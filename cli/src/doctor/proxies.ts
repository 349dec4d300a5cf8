/** Proxies that the doctor knows, as they call themselves. Each has its section in docs/proxies.md. */
export const PROXIES = [
  'nginx',
  'Caddy',
  'HAProxy',
  'Apache',
  'lighttpd',
  'Varnish',
  'Squid',
  'h2o',
  'Traffic Server',
  'Vite',
] as const;

export type ProxyName = (typeof PROXIES)[number];

/** What each writes into `Server` or `Via`. HAProxy writes into neither, and Vite is known by its client. */
const SIGNS: Readonly<Partial<Record<ProxyName, RegExp>>> = {
  nginx: /\b(?:nginx|openresty)\b/i,
  Caddy: /\bcaddy\b/i,
  Apache: /\bapache(?:\/|$|\s|\))/i,
  lighttpd: /\blighttpd\b/i,
  Varnish: /\bvarnish\b/i,
  Squid: /\bsquid\b/i,
  h2o: /\bh2o\b/i,
  'Traffic Server': /\b(?:ATS\/|ApacheTrafficServer)/,
};

/** Where Vite's dev server has the client of its page. */
export const VITE_CLIENT = '/@vite/client';

/** Which proxies an answer of Carillon came through, as far as its headers tell: Carillon itself has no `Server`. */
export function recognise(headers: Headers): ProxyName[] {
  const told = [headers.get('server'), headers.get('via')].filter((value) => value !== null).join(', ');
  return PROXIES.filter(
    (name) => SIGNS[name]?.test(told) || (name === 'Varnish' && headers.has('x-varnish')),
  );
}

/** The section of docs/proxies.md about a proxy. */
export function sectionOf(name: ProxyName): string {
  return `docs/proxies.md#${name.toLowerCase().replaceAll(' ', '-')}`;
}
