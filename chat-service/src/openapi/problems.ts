import { PROBLEMS, type ProblemCode } from '@carillon/protocol';
import { problemAnswer } from '../contract.ts';

/** Any call can meet these. */
const EVERYWHERE: readonly ProblemCode[] = [
  'bad_request',
  'method_not_allowed',
  'rate_limited',
  'headers_too_large',
  'internal',
  'node_away',
  'too_slow',
];

/** Whatever reads a channel can meet these: who may, whether it is there, the store. */
export const READ_PROBLEMS: readonly ProblemCode[] = [
  'unauthenticated',
  'forbidden',
  'banned',
  'identity_away',
  'not_found',
  'invalid',
  'history_away',
];

/** The problem answers of a call, one entry a status: codes with the same status share it. */
export function problems(...codes: readonly ProblemCode[]) {
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
