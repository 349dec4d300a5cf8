import type { DeniedEvent, FieldError, ProblemCode, ProblemDocument } from './protocol.ts';

/**
 * A problem's code from the server's closed list; or `unreachable` (no answer came), or `unexpected` (an answer
 * that is not Carillon's: a proxy's error page).
 */
export type ErrorCode = ProblemCode | 'unreachable' | 'unexpected';

/**
 * A call that failed for good, after its retries.
 *
 * @example
 * try { await carillon.post('lobby', text) } catch (error) {
 *   if (error instanceof CarillonError && error.code === 'body_too_large') …
 * }
 */
export class CarillonError extends Error {
  readonly code: ErrorCode;
  /** The HTTP status, 0 where no answer came. */
  readonly status: number;
  /** Which fields are wrong, where the server says so. */
  readonly errors: readonly FieldError[];
  /** Seconds after which the server asks to try again. */
  readonly retryAfter: number | undefined;
  /** When a mute or a ban ends, ISO 8601. */
  readonly until: string | undefined;

  constructor(
    code: ErrorCode,
    message: string,
    more: {
      status?: number;
      errors?: readonly FieldError[];
      retryAfter?: number;
      until?: string;
      cause?: unknown;
    } = {},
  ) {
    super(message, { cause: more.cause });
    this.name = 'CarillonError';
    this.code = code;
    this.status = more.status ?? 0;
    this.errors = more.errors ?? [];
    this.retryAfter = more.retryAfter;
    this.until = more.until;
  }
}

/** Reads an answer that is not 2xx; never throws. */
export async function errorOf(response: Response): Promise<CarillonError> {
  const wait = Number(response.headers.get('retry-after') ?? Number.NaN);
  const more = { status: response.status, ...(wait >= 0 ? { retryAfter: wait } : {}) };
  try {
    const problem = (await response.json()) as Partial<ProblemDocument>;
    if (problem.code !== undefined) {
      const errors = problem.errors ?? [];
      const until = problem.until === undefined ? {} : { until: problem.until };
      return new CarillonError(problem.code, problem.detail ?? problem.title ?? problem.code, {
        ...more,
        ...until,
        errors,
      });
    }
  } catch {
    // Not JSON: something between us and Carillon answered.
  }
  return new CarillonError('unexpected', `The server answered ${response.status}`, more);
}

/** What a refusal means for a stream: that it is for good, and why; undefined where it may pass. Never throws. */
export function deniedBy({ code, status, message: detail }: CarillonError): DeniedEvent | undefined {
  // Something between us and Carillon answers what it likes, such as 404 while a server is being deployed.
  if (code === 'unexpected' || status < 400 || status >= 500 || status === 429) return undefined;
  const reason = status === 401 ? 'expired' : code === 'banned' ? 'banned' : 'not_allowed';
  return { reason, detail };
}

/** The error in which a reader's loop ends when its stream was denied. */
export function errorOfDenied({ reason, detail }: DeniedEvent): CarillonError {
  if (reason === 'banned') return new CarillonError('banned', detail, { status: 403 });
  if (reason === 'not_allowed') return new CarillonError('forbidden', detail, { status: 403 });
  return new CarillonError('unauthenticated', detail, { status: 401 });
}
