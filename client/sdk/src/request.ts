import { askedMs, type Backoff, backoffMs, MAX_ASKED_MS, pause } from './backoff.ts';
import { CarillonError, errorOf } from './error.ts';
import type { Tokens } from './token.ts';

/** How calls reach the server. */
export interface Wire {
  /** Origin and path before `/v1`, without a slash at the end; empty for the page's own origin. */
  url: string;
  fetch: typeof fetch;
  backoff: Backoff;
  /** Their `online` events tell that the server can be reached again, so that what waits is tried at once. */
  wakers: readonly EventTarget[];
  /** Sent as bearer; without it, cookies say who calls. */
  tokens: Tokens | undefined;
}

export interface Call {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
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
 * A read that is one too many waits its minute out, whatever `retryForMs` says: then a caller that copies a long log goes on. Others may
 * spend the same limit, so it may take some minutes; after these, milliseconds, it is given up.
 */
const MAX_HELD_MS = 5 * MAX_ASKED_MS;

/**
 * Calls the server and gives the answer's JSON, undefined where it has none. Tries again, with jittered waits, after no
 * answer, a 5xx or a 429 (whose `Retry-After` it keeps, a minute at most), for `retryForMs`, and once with another token
 * where one was refused; only calls that may be repeated should come here. What a GET waits after a 429 does not count, for
 * some minutes.
 * @throws CarillonError when it failed for good; the signal's reason when aborted.
 */
export async function request<T>(wire: Wire, path: string, call: Call): Promise<T> {
  let deadline = Date.now() + call.retryForMs;
  let heldMs = 0;
  let renewed = false;
  for (let attempt = 0; ; attempt++) {
    const { answer, error, token } = await tryOnce<T>(wire, path, call);
    if (error === undefined) return answer as T;
    call.signal?.throwIfAborted();
    const renew = wire.tokens?.renew;
    if (error.status === 401 && renew !== undefined && token !== undefined && !renewed) {
      renewed = true;
      // Where none can be had, the next attempt says so.
      await unlessAborted(renew(token), call.signal).catch(() => undefined);
      continue;
    }
    // After the time that all were told, each at one of its own: they do not come back together.
    const wait = askedMs(error.retryAfter) + backoffMs(wire.backoff, attempt);
    if (isHeld(call, error) && heldMs + wait <= MAX_HELD_MS) {
      heldMs += wait;
      deadline += wait;
    }
    if (!mayPass(error) || Date.now() + wait > deadline) throw error;
    // A wait that the server asked for is kept.
    await pause(wait, error.retryAfter === undefined ? wire.wakers : [], call.signal);
  }
}

/**
 * Asks why a stream is not to be had: EventSource does not tell. Undefined where it is to be had after all.
 * Never throws.
 */
export async function refusalOf(
  wire: Wire,
  path: string,
  signal: AbortSignal,
): Promise<CarillonError | undefined> {
  const { error } = await tryOnce(wire, path, { signal, retryForMs: 0 }, async (response) => {
    await response.body?.cancel();
  });
  return error;
}

/** It is a read too many, and was told when there may be more: what asks for longer than is kept to is no limit of reads. */
function isHeld({ method = 'GET' }: Call, { status, retryAfter }: CarillonError): boolean {
  return method === 'GET' && status === 429 && retryAfter !== undefined && retryAfter * 1_000 <= MAX_ASKED_MS;
}

function mayPass({ status }: CarillonError): boolean {
  return status === 0 || status === 429 || status >= 500;
}

interface Outcome<T> {
  answer?: T;
  error?: CarillonError;
  /** The one it was tried with. */
  token?: string | undefined;
}

async function tryOnce<T>(
  wire: Wire,
  path: string,
  { method = 'GET', headers, json, signal }: Call,
  read: (response: Response) => Promise<T> = readJson,
): Promise<Outcome<T>> {
  // By hand: AbortSignal.any is younger than the browsers we serve.
  const attempt = new AbortController();
  const abort = () => attempt.abort();
  const timer = setTimeout(abort, ATTEMPT_MS);
  signal?.addEventListener('abort', abort);
  if (signal?.aborted) abort();
  let token: string | undefined;
  try {
    token = await unlessAborted(wire.tokens?.current(), attempt.signal);
    const response = await wire.fetch(wire.url + path, {
      method,
      signal: attempt.signal,
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(json === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(json === undefined ? {} : { body: JSON.stringify(json) }),
    });
    return response.ok ? { answer: await read(response) } : { error: await errorOf(response), token };
  } catch (cause) {
    const what =
      wire.tokens !== undefined && token === undefined
        ? 'No token was to be had'
        : 'No answer from the server';
    return { error: new CarillonError('unreachable', what, { cause }) };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

/** Rejects when the signal is aborted, however long the promise takes. */
function unlessAborted<T>(promise: T | Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  let stop = () => {};
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal?.reason);
    signal?.addEventListener('abort', stop);
    if (signal?.aborted) stop();
  });
  return Promise.race([promise, aborted]).finally(() => signal?.removeEventListener('abort', stop));
}

async function readJson<T>(response: Response): Promise<T> {
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}
