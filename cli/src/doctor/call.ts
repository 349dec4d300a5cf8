import { authorization, type Target } from './target.ts';

/** Time limit of an ordinary request, ms: nobody waits longer. */
export const CALL_WITHIN_MS = 10_000;

/** An ordinary response. */
export interface Answer {
  status: number;
  headers: Headers;
  /** The body if it is a JSON object, else undefined. */
  json: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Makes an ordinary request with the target's token, and follows no redirect.
 *
 * @param path of the request, including its query.
 * @throws what `fetch` throws: the server cannot be reached, or did not answer within {@link CALL_WITHIN_MS}.
 */
export async function call(target: Target, path: string): Promise<Answer> {
  return ask(target, path, { headers: authorization(target) });
}

/**
 * The same with another method and headers, and without the token.
 *
 * @throws as {@link call}.
 */
export async function callAsPage(target: Target, method: string, path: string): Promise<Answer> {
  return ask(target, path, { method, headers: { origin: target.origin } });
}

async function ask({ origin }: Target, path: string, init: RequestInit): Promise<Answer> {
  const answer = await fetch(new URL(path, origin), {
    ...init,
    redirect: 'manual',
    signal: AbortSignal.timeout(CALL_WITHIN_MS),
  });
  return { status: answer.status, headers: answer.headers, json: objectOf(await answer.text()) };
}

function objectOf(text: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether a JSON value is an object, and not an array. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
