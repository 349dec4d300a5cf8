import { type Answer, CALL_WITHIN_MS, call } from './call.ts';
import { type Finding, fault, ok } from './finding.ts';
import { type ProxyName, recognise, VITE_CLIENT } from './proxies.ts';
import type { Target } from './target.ts';
import { unreachable } from './unreachable.ts';

export interface Calls {
  finding: Finding;
  /** How long the request took, ms. */
  ms: number;
  /** The proxies that identify themselves. */
  proxies: ProxyName[];
}

/** Checks whether an ordinary request is answered, and by Carillon; and which proxies it passed. */
export async function examineCalls(target: Target): Promise<Calls> {
  const path = '/v1/session';
  const start = performance.now();
  let answer: Answer;
  try {
    answer = await call(target, path);
  } catch (error) {
    const late = error instanceof Error && error.name === 'TimeoutError';
    const why = late ? `No answer came within ${CALL_WITHIN_MS / 1_000} s.` : unreachable(error);
    const remedy = `Check that ${target.origin} is correct and that the server is running.`;
    return { finding: fault('calls', why, remedy), ms: CALL_WITHIN_MS, proxies: [] };
  }
  const ms = Math.round(performance.now() - start);
  const finding = judge(answer, path, ms);
  const recognised = recognise(answer.headers);
  const proxies = recognised.length === 0 && (await isVite(target)) ? (['Vite'] as const) : recognised;
  return { finding, ms, proxies: [...proxies] };
}

function judge({ status, headers, json }: Answer, path: string, ms: number): Finding {
  if (status === 401) {
    return fault('calls', 'Carillon rejected the token.', 'Pass a valid token with --token.');
  }
  if (status >= 300 && status < 400) {
    const to = headers.get('location') ?? 'another address';
    return fault(
      'calls',
      `The address redirects to ${to}.`,
      'Use that address: each redirect costs EventSource a request.',
    );
  }
  if (status < 200 || status >= 300 || json === undefined || !('id' in json)) {
    return fault(
      'calls',
      `GET ${path} returned ${status}, and the answer is not from Carillon.`,
      'Check where the proxy sends /v1/, and that the chat service is running (/checks).',
    );
  }
  return ok('calls', `Carillon answered an ordinary request in ${ms} ms.`);
}

/** Vite's dev server does not identify itself in a header. */
async function isVite(target: Target): Promise<boolean> {
  try {
    const { status, headers } = await call({ ...target, token: undefined }, VITE_CLIENT);
    return status === 200 && (headers.get('content-type') ?? '').includes('javascript');
  } catch {
    return false;
  }
}
