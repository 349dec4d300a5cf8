import { Problem } from '@carillon/protocol';
import type { ErrorHandler, Hono, NotFoundHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { HttpEnv } from './http-env.ts';
import { notFoundPage } from './not-found-page.ts';
import { idsOf, requestOf } from './request.ts';

/** A problem as its `application/problem+json` answer. */
export function problemResponse(problem: Problem, headers: Record<string, string> = {}): Response {
  // A 401 says how one identifies oneself (RFC 9110, 15.5.2).
  const challenge = problem.status === 401 ? { 'WWW-Authenticate': 'Bearer' } : undefined;
  const retry = problem.retryAfter === undefined ? undefined : { 'Retry-After': String(problem.retryAfter) };
  return new Response(JSON.stringify(problem.document()), {
    status: problem.status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      ...challenge,
      ...retry,
      ...headers,
    },
  });
}

/** Where faults are written: a log, as far as it is needed here. */
export interface FaultLog {
  error(fields: object, message: string): void;
}

/**
 * Answers for what a handler threw: a {@link Problem} as it is, and what `known` makes one of (a service's own errors).
 * Of the rest a caller learns nothing; it is nobody's mistake but ours, and goes to the log.
 */
export function answerErrors(
  log: FaultLog,
  known: (error: unknown) => Problem | undefined = () => undefined,
): ErrorHandler<HttpEnv> {
  return (error, c) => {
    if (error instanceof Problem) return problemResponse(error);
    const problem = known(error);
    if (problem !== undefined) return problemResponse(problem);
    if (error instanceof HTTPException && error.status < 500) {
      return problemResponse(new Problem('bad_request', 'The request cannot be read.'));
    }
    const request = requestOf(c.env.incoming);
    log.error({ ...idsOf(request), err: error, route: request?.route }, 'a request failed');
    return problemResponse(
      new Problem('internal', 'This is a fault of the service, and it was written to its log.'),
    );
  };
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Answers for what no route of `app` took: 404 (to a browser as a page), or 405 with `Allow` where the path has other methods, or what
 * an `OPTIONS` asks for. Works for any app, so whoever mounts others on one origin uses it for all of them.
 */
export function answerNotFound(app: Pick<Hono<HttpEnv>, 'router'>): NotFoundHandler<HttpEnv> {
  return (c) => {
    const methods = METHODS.filter((method) => app.router.match(method, c.req.path)[0].length > 0);
    // A health check asks this of any server, also of one that has nothing at `/` (haproxy's `option httpchk`).
    if (methods.length === 0 && c.req.method === 'OPTIONS' && c.req.path === '/')
      return new Response(null, { status: 204, headers: { Allow: 'OPTIONS' } });
    if (methods.length === 0) {
      const page = notFoundPage(c.req.method, c.req.header('accept'));
      return page ?? problemResponse(new Problem('not_found', 'There is nothing here.'), { Vary: 'Accept' });
    }
    if (methods.includes('GET')) methods.push('HEAD');
    const allow = { Allow: [...methods, 'OPTIONS'].join(', ') };
    if (c.req.method === 'OPTIONS') return new Response(null, { status: 204, headers: allow });
    return problemResponse(new Problem('method_not_allowed', `Here goes only ${methods.join(', ')}.`), allow);
  };
}
