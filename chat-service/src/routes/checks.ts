import { preferredType } from '@carillon/protocol';
import { createRoute } from '@hono/zod-openapi';
import { z } from 'zod';
import type { Result } from '../checks/check.ts';
import { checksPage, pageHeaders } from '../checks/page.ts';
import { proxyResult } from '../checks/proxy.ts';
import { checksAnswer } from '../contract.ts';
import { json } from '../openapi/media.ts';
import { problems } from '../openapi/problems.ts';
import { type Api, addRoute } from '../openapi/route.ts';

export interface ChecksRouteParts {
  /** Runs the checks, or gives the results of a run that other requests share. */
  round: () => Promise<Result[]>;
  /** Whether a proxy is expected in front. */
  proxied: boolean;
}

/** `GET /checks`: whether each component is well, for people and for machines. */
export function checksRoute(api: Api, { round, proxied }: ChecksRouteParts): void {
  const content = { ...json(checksAnswer), 'text/html': { schema: z.string() } };
  const check = createRoute({
    method: 'get',
    path: '/checks',
    tags: ['checks'],
    summary: 'Whether each component is well; a browser (Accept: text/html) gets a page',
    responses: {
      ...problems(),
      200: { description: 'Nothing has failed', content },
      503: { description: 'Something has', content },
    },
  });
  addRoute(api, check, async (c, route) => {
    const proxy = proxyResult(c.req.header('using-nginx'), proxied);
    const results = [proxy, ...(await round())];
    const ok = results.every(({ status }) => status !== 'failed');
    const status = ok ? 200 : 503;
    if (preferredType(c.req.header('accept'), ['application/json', 'text/html']) === 'text/html') {
      const stays = c.req.query('refresh') === 'off';
      return new Response(checksPage(results, stays), { status, headers: pageHeaders(stays) });
    }
    const checks = results.map(({ title, ...result }) => result);
    return route.answer(status, { ok, checks }, { Vary: 'Accept' });
  });
}
