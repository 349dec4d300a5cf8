import { NotWell } from './check.ts';

/**
 * How an error is classified. Its own text may name hosts, accounts or statements, so it is never shown. An SQLSTATE counts
 * only as a whole line: within a text the same digits may be a port.
 */
const REASONS: readonly (readonly [RegExp, string])[] = [
  [/^(?:28P01|28000)$|not authorized|WRONGPASS|NOAUTH|NOPERM|SASL/im, 'refuses our user or password'],
  [/^3D000$/m, 'has no such database'],
  [/^25006$|READONLY/m, 'takes no writes'],
  [/^57P03$|LOADING/m, 'is still starting'],
  [/^53100$|has no room|the disk of .+ is full/m, 'is full: its disk has no room'],
  [/^53\d{3}$|ENOSPC|\bOOM\b/m, 'is out of room'],
  [/certificate|CERT_|_CERT|ALTNAME|UNABLE_TO_VERIFY/i, 'shows a certificate that is not trusted'],
  [/ENOTFOUND|EAI_AGAIN/, 'has a host name that does not resolve'],
  [/EHOSTUNREACH|ENETUNREACH/, 'is on a network that cannot be reached'],
  [/ECONNREFUSED/, 'refuses connections: it does not run'],
  [
    /ETIMEDOUT|timeout|timed out|stopped (responding|acknowledging)|has not responded|did not come back/i,
    'does not answer',
  ],
  [/ECONNRESET|EPIPE|closed|terminated|was lost/i, 'ended the connection'],
];

/** Returns why a component failed, in plain words without addresses or accounts: the message of a {@link NotWell}, else a text from the list above. */
export function reasonOf(error: unknown): string {
  const notWell = chain(error).find((each) => each instanceof NotWell);
  if (notWell instanceof Error) return notWell.message;
  const text = chain(error).map(textOf).join('\n');
  return REASONS.find(([pattern]) => pattern.test(text))?.[1] ?? 'cannot be reached';
}

/** An error and its causes. */
function chain(error: unknown, depth = 0): unknown[] {
  if (!(error instanceof Error) || depth > MAX_DEPTH) return [error];
  const causes = error instanceof AggregateError ? error.errors : [error.cause];
  return [
    error,
    ...causes.filter((cause) => cause !== undefined).flatMap((cause) => chain(cause, depth + 1)),
  ];
}

/** Deeper than the errors of libraries. A bound is needed because an error can be its own cause. */
const MAX_DEPTH = 5;

/** Its code, on a line of its own, and its message. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return `${'code' in error ? error.code : ''}\n${error.message}`;
}
