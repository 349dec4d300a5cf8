import { Problem } from '@carillon/protocol';
import type { ErrorHandler, Hono, NotFoundHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { HttpEnv } from './http-env.ts';
import { notFoundPage } from './not-found-page.ts';
import { idsOf, requestOf } from './request.ts';

/** A problem as its `application/problem+json` response. */
export function problemResponse(problem: Problem, headers: Record<string, string> = {}): Response {
  // A 401 must say how to authenticate (RFC 9110, 15.5.2).
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

/** The log for unexpected errors. */
export interface FaultLog {
  error(fields: object, message: string): void;
}

/**
 * Creates the error handler of an app. A {@link Problem} is answered as it is, and `known` converts a service's own
 * errors to problems. Any other error is a fault of the service: the caller gets no details, and it goes to the log.
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
      new Problem('internal', 'This is a fault of the service; it was written to the log.'),
    );
  };
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Creates the handler for requests that no route of `app` accepts: 404 (as a page for a browser), 405 with `Allow` if
 * the path has other methods, or the answer to an `OPTIONS`. It works for any app; an app that mounts others uses it
 * once for all of them.
 */
export function answerNotFound(app: Pick<Hono<HttpEnv>, 'router'>): NotFoundHandler<HttpEnv> {
  return (c) => {
    const methods = METHODS.filter((method) => app.router.match(method, c.req.path)[0].length > 0);
    // Health checks send this to any server, also to a server without a page at `/` (haproxy's `option httpchk`).
    if (methods.length === 0 && c.req.method === 'OPTIONS' && c.req.path === '/')
      return new Response(null, { status: 204, headers: { Allow: 'OPTIONS' } });
    if (methods.length === 0) {
      const page = notFoundPage(c.req.method, c.req.header('accept'));
      return (
        page ??
        problemResponse(new Problem('not_found', 'There is nothing at this address.'), { Vary: 'Accept' })
      );
    }
    if (methods.includes('GET')) methods.push('HEAD');
    const allow = { Allow: [...methods, 'OPTIONS'].join(', ') };
    if (c.req.method === 'OPTIONS') return new Response(null, { status: 204, headers: allow });
    return problemResponse(
      new Problem('method_not_allowed', `Allowed methods: ${methods.join(', ')}.`),
      allow,
    );
  };
}
