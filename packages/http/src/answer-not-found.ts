import { Problem } from '@carillon/protocol';
import type { Hono, NotFoundHandler } from 'hono';
import type { HttpEnv } from './http-env.ts';
import { notFoundResponse } from './not-found.ts';
import { problemResponse } from './problem-response.ts';

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Answers for what no route of `app` took: 404 (for a browser a page), or 405 with `Allow` where the path has other methods, or what
 * an `OPTIONS` asks for. Works for any app, so whoever mounts others on one origin uses it for all of them.
 */
export function answerNotFound(app: Pick<Hono<HttpEnv>, 'router'>): NotFoundHandler<HttpEnv> {
  return (c) => {
    const methods = METHODS.filter((method) => app.router.match(method, c.req.path)[0].length > 0);
    if (methods.length === 0) return notFoundResponse(c.req.method, c.req.header('accept'));
    if (methods.includes('GET')) methods.push('HEAD');
    const allow = { Allow: [...methods, 'OPTIONS'].join(', ') };
    if (c.req.method === 'OPTIONS') return new Response(null, { status: 204, headers: allow });
    return problemResponse(new Problem('method_not_allowed', `Here goes only ${methods.join(', ')}.`), allow);
  };
}
