import { PROBLEMS, type ProblemCode } from '@carillon/protocol';
import { problemAnswer } from '../contract.ts';

/** Any call can answer these. */
const EVERYWHERE: readonly ProblemCode[] = [
  'bad_request',
  'method_not_allowed',
  'rate_limited',
  'headers_too_large',
  'internal',
  'node_away',
  'too_slow',
];

/** Any call that reads a channel can answer these: rights, whether the channel exists, the store. */
export const READ_PROBLEMS: readonly ProblemCode[] = [
  'unauthenticated',
  'forbidden',
  'banned',
  'identity_away',
  'not_found',
  'invalid',
  'history_away',
];

/** Any call that needs an identity, about a channel or about people. */
export const CALL_PROBLEMS = [
  'unauthenticated',
  'forbidden',
  'banned',
  'invalid',
  'history_away',
  'identity_away',
] as const satisfies readonly ProblemCode[];

/** Any call that writes to the store. */
export const STORE_PROBLEMS = [
  'history_away',
  'outcome_unknown',
  'store_full',
] as const satisfies readonly ProblemCode[];

/** Any call that needs an identity and writes to the store. */
export const WRITE_PROBLEMS = [
  ...CALL_PROBLEMS,
  'outcome_unknown',
  'store_full',
] as const satisfies readonly ProblemCode[];

/** Any call that takes a body. */
export const BODY_PROBLEMS = [
  'bad_json',
  'bad_encoding',
  'body_too_large',
  'unsupported_media_type',
] as const satisfies readonly ProblemCode[];

/**
 * The problem answers of a call, by status: codes with the same status share an entry. Their type is empty, since a handler
 * throws them and does not answer them.
 */
export function problems(...codes: readonly ProblemCode[]): Record<never, never> {
  const byStatus = new Map<number, ProblemCode[]>();
  for (const code of [...codes, ...EVERYWHERE]) {
    const { status } = PROBLEMS[code];
    byStatus.set(status, [...(byStatus.get(status) ?? []), code]);
  }
  return Object.fromEntries(
    [...byStatus].map(([status, shared]) => [
      status,
      {
        description: shared.map((code) => `\`${code}\`: ${PROBLEMS[code].title}`).join('. '),
        content: { 'application/problem+json': { schema: problemAnswer } },
      },
    ]),
  );
}
