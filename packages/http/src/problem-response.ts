import { Problem } from '@carillon/protocol';
import type { ErrorHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import type { HttpEnv } from './http-env.ts';
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
