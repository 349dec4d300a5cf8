import type { HttpApp } from '@carillon/http';
import { preferredType } from '@carillon/protocol';
import type { Result } from '../checks/check.ts';
import { checksPage, pageHeaders } from '../checks/page.ts';
import { proxyResult } from '../checks/proxy.ts';
import { jsonResponse } from '../json-response.ts';

export interface ChecksRouteParts {
  /** Gives what the checks found that all requests share. */
  round: () => Promise<Result[]>;
  /** Whether a proxy is expected in front. */
  proxied: boolean;
}

/** `GET /checks`: whether each component is well, for people and for machines. */
export function checksRoute(app: HttpApp, { round, proxied }: ChecksRouteParts): void {
  app.get('/checks', async (c) => {
    const proxy = proxyResult(c.req.header('using-nginx'), proxied);
    const results = [proxy, ...(await round())];
    const ok = results.every(({ status }) => status !== 'failed');
    const status = ok ? 200 : 503;
    if (preferredType(c.req.header('accept'), ['application/json', 'text/html']) === 'text/html') {
      const stays = c.req.query('refresh') === 'off';
      return new Response(checksPage(results, stays), { status, headers: pageHeaders(stays) });
    }
    const checks = results.map(({ title, ...result }) => result);
    return jsonResponse(status, { ok, checks }, { Vary: 'Accept' });
  });
}
