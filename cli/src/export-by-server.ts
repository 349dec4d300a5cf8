import { setTimeout as sleep } from 'node:timers/promises';
import { EXIT, Failure } from './exit.ts';
import type { Form } from './export-rows.ts';

interface Order {
  url: string;
  adminToken: string;
  channel: string;
  form: Form;
}

/** Polling interval; a file of 100,000 messages takes seconds. */
const ASK_EVERY_MS = 500;

/** Time limit of a request. */
const ANSWER_MS = 30_000;

/**
 * Lets the server's worker create the file, and resolves to its content; undefined if the server has no worker. Waits
 * until the work is done.
 *
 * @throws Failure
 */
export async function exportByServer({
  url,
  adminToken,
  channel,
  form,
}: Order): Promise<AsyncIterable<Uint8Array> | undefined> {
  const origin = url.replace(/\/+$/, '');
  const ordered = await call(`${origin}/v1/channels/${channel}/exports`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: JSON.stringify(form),
  });
  if (ordered.status === 501) return undefined;
  const { id } = await answerOf<{ id: string }>(ordered);
  for (;;) {
    const { state, file } = await answerOf<{ state: string; file?: string }>(
      await call(`${origin}/v1/exports/${encodeURIComponent(id)}`, {}),
    );
    if (state === 'failed') throw new Failure(EXIT.software, 'the server could not write the export');
    if (file !== undefined) {
      const response = await call(`${origin}${file}`, {}, false);
      if (!response.ok || response.body === null) await answerOf(response);
      return response.body as unknown as AsyncIterable<Uint8Array>;
    }
    await sleep(ASK_EVERY_MS);
  }
}

async function call(url: string, init: RequestInit, bounded = true): Promise<Response> {
  try {
    return await fetch(url, bounded ? { ...init, signal: AbortSignal.timeout(ANSWER_MS) } : init);
  } catch {
    throw new Failure(EXIT.unavailable, 'no answer from the server');
  }
}

async function answerOf<T>(response: Response): Promise<T> {
  if (response.ok) return (await response.json()) as T;
  const { detail } = (await response.json().catch(() => ({}))) as { detail?: string };
  const denied = response.status === 401 || response.status === 403;
  throw new Failure(
    denied ? EXIT.noPermission : EXIT.unavailable,
    detail ?? `the server returned ${response.status}`,
  );
}
