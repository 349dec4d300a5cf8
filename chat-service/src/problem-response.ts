import { HistoryBusy, HistoryUnavailable } from '@carillon/history';
import { Problem } from '@carillon/protocol';
import type { Log } from '@carillon/runtime';
import type { ErrorHandler, Hono, NotFoundHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { HttpEnv } from './http-env.ts';

/** Seconds until it is worth to try again: a restarted database takes a few, a full queue drains within one. */
const RETRY_AFTER_AWAY = 5;
const RETRY_AFTER_BUSY = 1;

/** A problem as its `application/problem+json` answer. */
export function problemResponse(problem: Problem, headers: Record<string, string> = {}): Response {
  const retry = problem.retryAfter === undefined ? undefined : { 'Retry-After': String(problem.retryAfter) };
  return new Response(JSON.stringify(problem.document()), {
    status: problem.status,
    headers: {
      'Content-Type': 'application/problem+json',
      'Cache-Control': 'no-store',
      ...retry,
      ...headers,
    },
  });
}

/** What a caller may know of an error: its own text for a {@link Problem}, and never an exception's for the rest. */
export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof HistoryUnavailable) {
    return error.stored === 'no'
      ? new Problem('history_away', 'Nothing was stored. Try again.', { retryAfter: RETRY_AFTER_AWAY })
      : new Problem(
          'outcome_unknown',
          'The message may be stored or not. Post it again with the same Idempotency-Key.',
          { retryAfter: RETRY_AFTER_AWAY },
        );
  }
  if (error instanceof HistoryBusy) {
    return new Problem('busy', 'Nothing was stored. Try again.', { retryAfter: RETRY_AFTER_BUSY });
  }
  if (error instanceof HTTPException && error.status < 500) {
    return new Problem('bad_request', 'The request cannot be read.');
  }
  return new Problem('internal', 'This is a fault of the service, and it was written to its log.');
}

/** Answers for what a handler threw; what is nobody's mistake but ours goes to the log. */
export function answerErrors(log: Log): ErrorHandler<HttpEnv> {
  return (error, c) => {
    const problem = toProblem(error);
    if (problem.code === 'internal') log.error({ err: error, path: c.req.path }, 'a request failed');
    return problemResponse(problem);
  };
}

const METHODS = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'];

/**
 * Answers for what no route of `app` took: 404, or 405 with `Allow` where the path has other methods, or what
 * an `OPTIONS` asks for. Works for any app, so whoever mounts others on one origin uses it for all of them.
 */
export function answerNotFound(app: Pick<Hono<HttpEnv>, 'router'>): NotFoundHandler<HttpEnv> {
  return (c) => {
    const methods = METHODS.filter((method) => app.router.match(method, c.req.path)[0].length > 0);
    if (methods.length === 0) return problemResponse(new Problem('not_found', 'There is nothing here.'));
    if (methods.includes('GET')) methods.push('HEAD');
    const allow = { Allow: [...methods, 'OPTIONS'].join(', ') };
    if (c.req.method === 'OPTIONS') return new Response(null, { status: 204, headers: allow });
    return problemResponse(new Problem('method_not_allowed', `Here goes only ${methods.join(', ')}.`), allow);
  };
}
