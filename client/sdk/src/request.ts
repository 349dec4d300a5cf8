import { type Backoff, backoffMs, pause } from './backoff.ts';
import { CarillonError, errorOf } from './error.ts';

/** How calls reach the server. */
export interface Wire {
  /** Origin and path before `/v1`, without a slash at the end; empty for the page's own origin. */
  url: string;
  fetch: typeof fetch;
  backoff: Backoff;
  /** Their `online` events tell that the server can be reached again, so that what waits is tried at once. */
  wakers: readonly EventTarget[];
}

export interface Call {
  method?: 'GET' | 'POST';
  headers?: Record<string, string>;
  /** Sent as JSON. */
  json?: unknown;
  /** For how long to try again, milliseconds. */
  retryForMs: number;
  signal?: AbortSignal | undefined;
}

/** An attempt without an answer for this long has gone astray; a commit takes milliseconds. */
const ATTEMPT_MS = 10_000;

/**
 * Calls the server and gives the answer's JSON. Tries again, with jittered waits, after no answer, a 5xx or a 429
 * (whose `Retry-After` it keeps), for `retryForMs`; only calls that may be repeated should come here.
 * @throws CarillonError when it failed for good; the signal's reason when aborted.
 */
export async function request<T>(wire: Wire, path: string, call: Call): Promise<T> {
  const deadline = Date.now() + call.retryForMs;
  for (let attempt = 0; ; attempt++) {
    const outcome = await tryOnce<T>(wire, path, call);
    if ('answer' in outcome) return outcome.answer;
    call.signal?.throwIfAborted();
    const { error } = outcome;
    // After the time that all were told, each at one of its own: they do not come back together.
    const wait = (error.retryAfter ?? 0) * 1_000 + backoffMs(wire.backoff, attempt);
    if (!mayPass(error) || Date.now() + wait > deadline) throw error;
    // Who is told when to come back keeps to it.
    await pause(wait, error.retryAfter === undefined ? wire.wakers : [], call.signal);
  }
}

function mayPass({ status }: CarillonError): boolean {
  return status === 0 || status === 429 || status >= 500;
}

async function tryOnce<T>(
  wire: Wire,
  path: string,
  { method = 'GET', headers, json, signal }: Call,
): Promise<{ answer: T } | { error: CarillonError }> {
  // By hand: AbortSignal.any is younger than the browsers we serve.
  const attempt = new AbortController();
  const abort = () => attempt.abort();
  const timer = setTimeout(abort, ATTEMPT_MS);
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  try {
    const response = await wire.fetch(wire.url + path, {
      method,
      signal: attempt.signal,
      headers: {
        accept: 'application/json',
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    return response.ok ? { answer: (await response.json()) as T } : { error: await errorOf(response) };
  } catch (cause) {
    return { error: new CarillonError('unreachable', 'No answer from the server', { cause }) };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}
