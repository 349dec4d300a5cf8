import type { Result } from './check.ts';

const PROXY = { name: 'proxy', title: 'Proxy in front', ms: 0 } as const;

/** Checks whether this request came through nginx, which adds a header of its own. `proxied` is whether a proxy is expected. */
export function proxyResult(usingNginx: string | undefined, proxied: boolean): Result {
  if (usingNginx === 'true') return { ...PROXY, status: 'ok', detail: 'nginx forwarded this request' };
  if (proxied) return { ...PROXY, status: 'failed', detail: 'this request did not come through nginx' };
  return { ...PROXY, status: 'not-configured', detail: 'embedded: no proxy' };
}
