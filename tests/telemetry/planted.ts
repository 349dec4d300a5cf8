import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { expect } from 'vitest';
import { linesOf } from './service.ts';

/** A stream that was opened is left after this. */
export const CALL_WITHIN_MS = 3_000;

/** Every secret of a run has this in it, and says where it was planted. */
const MARK = 'PLANTED';
export const planted = (where: string) => `${MARK}-${where}-${randomUUID()}`;

/** What a caller may send of its own, each time another. */
const bodies = () => [
  { type: 'application/json', text: JSON.stringify({ body: planted('body'), name: planted('name') }) },
  {
    type: 'application/json',
    text: JSON.stringify({
      url: `https://127.0.0.1:9/${planted('url')}`,
      secret: planted('secret'),
      channels: ['lobby'],
      title: planted('title'),
      topic: planted('topic'),
      person: planted('person'),
      reason: planted('reason'),
    }),
  },
  { type: 'application/json', text: `{"body": "${planted('broken')}` },
  { type: 'text/plain', text: planted('text') },
  { type: 'application/octet-stream', text: planted('octets') },
  { type: 'text/plain', text: `${planted('large')} ${'x'.repeat(70_000)}` },
];

export interface Process {
  url: string;
  output(): string;
}

/** Makes every call of the API in every way that a caller may get it wrong. Returns the answers that are secrets themselves. */
export async function callEverything(api: Process, streams: Process, adminToken: string): Promise<string[]> {
  const issued: string[] = [];
  const { paths } = (await (await fetch(`${api.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, unknown>>;
  };
  const credentials = [
    {},
    { Authorization: `Bearer ${planted('token')}` },
    { Cookie: `carillon_session=${planted('cookie')}; other=${planted('other')}` },
    { Authorization: `Bearer ${adminToken}` },
  ];
  const strange = {
    'Idempotency-Key': planted('key'),
    'Last-Event-ID': planted('cursor'),
    'X-Request-Id': `${planted('id')}!`,
    traceparent: planted('trace'),
    Origin: `https://${planted('origin').toLowerCase()}.example`,
  };
  const all = Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map((method) => ({ path, method: method.toUpperCase() })),
  );
  all.push(
    { path: `/nothing/${planted('path')}`, method: 'GET' },
    { path: `/c/${planted('channel')}`, method: 'POST' },
    { path: `/${planted('method')}`, method: 'TRACEPARENT' },
  );
  for (const { path, method } of all) {
    const there = path
      .replace('{channel}', 'lobby')
      .replace('{seq}', '1')
      // The audit log names this person.
      .replace('{person}', 'ada')
      .replaceAll(/\{\w+\}/g, () => planted('parameter'));
    const query = `q=${planted('query')}&ticket=${planted('ticket')}&cursor=${planted('place')}&code=${planted('code')}`;
    const origin = path.includes('/stream') ? streams.url : api.url;
    const hasBody = method !== 'GET' && method !== 'HEAD';
    for (const [index, credential] of credentials.entries()) {
      for (const body of hasBody && index % 2 === 1 ? bodies() : bodies().slice(0, 1)) {
        const headers: Record<string, string> = {
          ...credential,
          ...(index % 2 === 0 && strange),
          ...(hasBody && { 'Content-Type': body.type }),
        };
        const answer = await fetch(
          `${origin}${there}?${index === 3 && !path.includes('search') ? '' : query}`,
          {
            method,
            headers,
            redirect: 'manual',
            signal: AbortSignal.timeout(CALL_WITHIN_MS),
            ...(hasBody && { body: body.text }),
          },
        ).catch(() => undefined);
        issued.push(...(answer?.headers.getSetCookie() ?? []).map((cookie) => cookie.split(/[=;]/)[1] ?? ''));
        if (!/stream/.test(path)) {
          const text = (await answer?.text().catch(() => '')) ?? '';
          issued.push(
            ...[...text.matchAll(/"(?:ticket|token|secret)":"([^"]+)"/g)].map(([, value]) => value ?? ''),
          );
        } else await answer?.body?.cancel().catch(() => {});
      }
    }
  }
  await raw(api.url, `GET / HTTP/1.1\r\nHost: x\r\nX: ${planted('unfinished')}`);
  await raw(api.url, `${planted('no HTTP')}\r\n\r\n`);
  await raw(
    api.url,
    `GET /${planted('header')} HTTP/1.1\r\nX: ${planted('many')}${'x'.repeat(20_000)}\r\n\r\n`,
  );
  return issued.filter((each) => each.length > 12);
}

/** Bytes as they are, on a connection that is then cut. */
function raw(url: string, bytes: string): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes));
    socket.on('data', () => socket.destroy()).on('error', () => {});
    socket.setTimeout(500, () => socket.destroy()).on('close', () => resolve());
  });
}

/** Checks all that was printed: it mentions many requests, and none of the secrets. */
export function expectNoSecrets(output: string, issued: readonly string[]): void {
  const requests = linesOf(output).filter(({ msg }) => msg === 'request');
  expect(requests.length).toBeGreaterThan(50);
  expectNoneOf(issued, output);
}

/** Neither what was planted nor what was issued is in it. */
export function expectNoneOf(issued: readonly string[], output: string): void {
  const telling = output.split('\n').filter((line) => line.includes(MARK));
  expect(telling).toEqual([]);
  expect(issued.filter((secret) => output.includes(secret))).toEqual([]);
}
