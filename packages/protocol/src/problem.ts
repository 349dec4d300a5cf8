import { z } from 'zod';

/** Every error that Carillon responds with: its code, HTTP status and title. The list is closed (RFC 9457). */
export const PROBLEMS = {
  bad_request: { status: 400, title: 'The request cannot be read' },
  bad_json: { status: 400, title: 'The body is not JSON' },
  bad_encoding: { status: 400, title: 'The body is not UTF-8' },
  unauthenticated: { status: 401, title: 'You are not signed in' },
  forbidden: { status: 403, title: 'Not allowed' },
  muted: { status: 403, title: 'You are muted' },
  banned: { status: 403, title: 'You are banned' },
  not_found: { status: 404, title: 'Not found' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  not_acceptable: { status: 406, title: 'Not available in a format that you accept' },
  key_reused: { status: 409, title: 'The Idempotency-Key was used for another message' },
  exists: { status: 409, title: 'It already exists' },
  archived: { status: 409, title: 'The channel is archived' },
  deleted: { status: 409, title: 'The message is deleted' },
  limit_reached: { status: 409, title: 'The limit is reached' },
  body_too_large: { status: 413, title: 'The body is too large' },
  unsupported_media_type: { status: 415, title: 'The media type of the body is not supported' },
  invalid: { status: 422, title: 'Some fields are not valid' },
  rate_limited: { status: 429, title: 'Too many requests' },
  headers_too_large: { status: 431, title: 'The headers are too large' },
  internal: { status: 500, title: 'Something went wrong here' },
  not_configured: { status: 501, title: 'This server is not configured for this' },
  node_away: { status: 502, title: 'The node that serves this request is unavailable' },
  history_away: { status: 503, title: 'The store is unavailable; nothing was stored' },
  presence_away: { status: 503, title: 'Presence is unavailable' },
  identity_away: { status: 503, title: 'The identity provider is unavailable' },
  jobs_away: { status: 503, title: 'The job queue is unavailable' },
  outcome_unknown: {
    status: 503,
    title: 'The store became unavailable while storing this; it may or may not be stored',
  },
  busy: { status: 503, title: 'The server is busy; too many messages are waiting to be stored' },
  too_slow: { status: 504, title: 'The service did not respond in time' },
  store_full: { status: 507, title: 'The store is full; nothing was stored' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;
export const PROBLEM_CODES = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];

const fieldError = z.object({
  field: z
    .string()
    .meta({ description: 'the invalid field: a path in the body, or the name of a parameter or header' }),
  detail: z.string(),
});
export type FieldError = z.infer<typeof fieldError>;

/** An error on the wire, `application/problem+json`. */
export const problemDocument = z.object({
  type: z.string().meta({ description: 'a URI reference that names the problem' }),
  title: z.string(),
  status: z.int(),
  code: z.enum(PROBLEM_CODES),
  detail: z.string(),
  errors: z.array(fieldError).optional(),
  until: z.iso.datetime().optional().meta({ description: 'when a mute or a ban ends' }),
});
export type ProblemDocument = z.infer<typeof problemDocument>;

/** A request that cannot be fulfilled; services throw it and the boundary writes it as a problem document. */
export class Problem extends Error {
  readonly code: ProblemCode;
  readonly errors: readonly FieldError[] | undefined;
  /** Seconds after which to retry, for the `Retry-After` header. */
  readonly retryAfter: number | undefined;
  /** When a mute or a ban ends, ISO 8601. */
  readonly until: string | undefined;

  constructor(
    code: ProblemCode,
    detail: string,
    more: { errors?: readonly FieldError[]; retryAfter?: number; until?: string } = {},
  ) {
    super(detail);
    this.code = code;
    this.errors = more.errors;
    this.retryAfter = more.retryAfter;
    this.until = more.until;
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  document(): ProblemDocument {
    const { status, title } = PROBLEMS[this.code];
    const document: ProblemDocument = {
      type: `/docs/problems#${this.code}`,
      title,
      status,
      code: this.code,
      detail: this.message,
    };
    if (this.errors !== undefined) document.errors = [...this.errors];
    if (this.until !== undefined) document.until = this.until;
    return document;
  }
}

/**
 * Converts zod's issues to field errors, all of them. `where` names the part of the request, for issues with the whole
 * part.
 */
export function fieldErrors(error: z.ZodError, where = 'body'): FieldError[] {
  return error.issues.map((issue) => ({
    field: issue.path.length > 0 ? issue.path.join('.') : where,
    detail: issue.message,
  }));
}
