/** The proxies that the doctor recognizes, by the names they use. Each has a section in docs/proxies.md. */
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

/** What each writes into `Server` or `Via`. HAProxy writes neither, and Vite is recognized by its client. */
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

/** The path of the client of Vite's dev server. */
export const VITE_CLIENT = '/@vite/client';

/** The proxies that a response of Carillon passed, as far as its headers show: Carillon itself sends no `Server`. */
export function recognise(headers: Headers): ProxyName[] {
  const sent = [headers.get('server'), headers.get('via')].filter((value) => value !== null).join(', ');
  return PROXIES.filter(
    (name) => SIGNS[name]?.test(sent) || (name === 'Varnish' && headers.has('x-varnish')),
  );
}

/** The section of docs/proxies.md about a proxy. */
export function sectionOf(name: ProxyName): string {
  return `docs/proxies.md#${name.toLowerCase().replaceAll(' ', '-')}`;
}
