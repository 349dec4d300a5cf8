import type { Patient } from './examine.ts';
import { type Finding, fault, ok } from './finding.ts';
import { headersOf, unreachable } from './request.ts';

/** Slower than this nobody waits for, ms. */
const WITHIN_MS = 10_000;

/** Whether an ordinary call is answered, and by Carillon. */
export async function examineCalls(patient: Patient): Promise<Finding> {
  const url = new URL('/v1/session', patient.url);
  const start = performance.now();
  try {
    const { authorization } = headersOf(patient);
    const answer = await fetch(url, {
      redirect: 'manual',
      signal: AbortSignal.timeout(WITHIN_MS),
      headers: authorization === undefined ? {} : { authorization },
    });
    const text = await answer.text();
    const ms = Math.round(performance.now() - start);
    if (answer.status === 401) {
      return fault('calls', 'Carillon does not take the token.', 'Bring another one with --token.');
    }
    if (answer.status >= 300 && answer.status < 400) {
      const to = answer.headers.get('location') ?? 'another address';
      return fault('calls', `The address leads to ${to}.`, 'Use that one: EventSource follows it at a cost.');
    }
    if (!answer.ok || !isSession(text)) {
      return fault(
        'calls',
        `GET ${url.pathname} is answered with ${answer.status}, and not by Carillon.`,
        'Look at where the proxy sends /v1/, and whether the chat service runs (/checks).',
      );
    }
    return ok('calls', `Carillon answers an ordinary call, in ${ms} ms.`);
  } catch (error) {
    const late = error instanceof Error && error.name === 'TimeoutError';
    const why = late ? `No answer came within ${WITHIN_MS / 1_000} s.` : unreachable(causeOf(error));
    return fault('calls', why, `See whether ${patient.url} is right, and the server runs.`);
  }
}

function isSession(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && 'id' in value;
  } catch {
    return false;
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? (error.cause ?? error) : error;
}
