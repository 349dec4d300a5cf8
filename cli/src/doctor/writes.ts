import { type Answer, callAsPage } from './call.ts';
import { type Finding, fault, ok, unknown } from './finding.ts';
import type { ProxyName } from './proxies.ts';
import { remedyFor } from './remedies.ts';
import type { Target } from './target.ts';
import { unreachable } from './unreachable.ts';

/**
 * Checks whether a page of this origin may write, and whether its session cookie is an https cookie: it signs out like
 * a browser without a session. So nothing is written, and the request shows what the proxy does to Host and
 * X-Forwarded-Proto.
 */
export async function* examineWrites(target: Target, proxies: readonly ProxyName[]): AsyncGenerator<Finding> {
  let answer: Answer;
  try {
    answer = await callAsPage(target, 'DELETE', '/v1/session');
  } catch (error) {
    yield unknown('host', unreachable(error));
    return;
  }
  const { status, headers, json } = answer;
  if (status === 403 && json?.code === 'forbidden') {
    yield fault(
      'host',
      'The proxy changes the Host header on the way to Carillon: the page can neither sign in nor write.',
      remedyFor('host rewritten', proxies),
    );
    return;
  }
  if (status === 429) {
    yield unknown('host', 'Too many requests were made. Wait a minute.');
    return;
  }
  if (status !== 200 || json === undefined) {
    yield fault(
      'host',
      `DELETE /v1/session returned ${status}, and the answer is not from Carillon: the page cannot sign out, edit or delete.`,
      'Allow PUT, PATCH and DELETE (look for a list of allowed methods in the proxy or firewall).',
    );
    return;
  }
  yield ok('host', 'A page of this origin may write.');
  const cookie = headers.get('set-cookie');
  if (cookie !== null) yield* https(target, isSecure(cookie), proxies);
}

function* https(target: Target, isReported: boolean, proxies: readonly ProxyName[]): Generator<Finding> {
  const used = target.origin.startsWith('https:');
  if (used && isReported) yield ok('https', 'Carillon knows that browsers reach it over https.');
  if (used && !isReported) {
    yield fault(
      'https',
      'Carillon does not know that browsers reach it over https: the session cookie is also sent without TLS.',
      remedyFor('https not reported', proxies),
    );
  }
  if (!used && isReported) {
    yield fault(
      'https',
      'Carillon believes that browsers reach it over https, but they use http: browsers do not keep the session cookie.',
      remedyFor('https not reported', proxies),
    );
  }
}

function isSecure(cookie: string): boolean {
  return /;\s*secure\b/i.test(cookie);
}
