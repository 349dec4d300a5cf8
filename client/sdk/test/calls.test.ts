import type * as protocol from '@carillon/protocol';
import { CHANNEL_PATTERN, MAX_BODY_BYTES, MAX_NAME_LENGTH } from '@carillon/protocol';
import { afterEach, beforeEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import * as client from '../src/index.ts';
import type { HeartbeatEvent, ProblemDocument } from '../src/protocol.ts';
import { type ContractServer, startContractServer } from './contract-server.ts';

const quick = { baseMs: 4, maxMs: 16 };
let server: ContractServer;
let carillon: client.Carillon;

beforeEach(async () => {
  server = await startContractServer();
  carillon = new client.Carillon({ url: server.url, backoff: quick });
});
afterEach(() => server.close());

const posts = () => server.requests.filter((line) => line.startsWith('POST'));

describe('a post', () => {
  it('gives the stored message, with its seq and its key', async () => {
    const message = await carillon.post('lobby', 'hello', { key: 'k1' });
    expect(message).toMatchObject({ channel: 'lobby', seq: 1, body: 'hello', key: 'k1' });
    expect(await carillon.post('lobby', 'hi', { replyTo: 1 })).toMatchObject({ seq: 2, replyTo: 1 });
  });

  it('is stored once when the answer was lost', async () => {
    server.misanswer(/POST/, { status: 0, cutAfterWork: true });
    const message = await carillon.post('lobby', 'hello');
    expect(message.seq).toBe(1);
    expect(server.log('lobby')).toHaveLength(1);
    expect(posts()).toHaveLength(2);
  });

  it('goes on after a 500, a 502 page of a proxy and a 503', async () => {
    server.misanswer(/POST/, { status: 500, code: 'internal' });
    server.misanswer(/POST/, { status: 502 });
    server.misanswer(/POST/, { status: 503, code: 'history_away' });
    expect((await carillon.post('lobby', 'hello')).seq).toBe(1);
    expect(posts()).toHaveLength(4);
  });

  it('waits as long as a 429 asks for', async () => {
    server.misanswer(/POST/, { status: 429, headers: { 'retry-after': '1' } });
    const start = performance.now();
    await carillon.post('lobby', 'hello');
    // Without it the wait is of 30 ms at most.
    expect(performance.now() - start).toBeGreaterThan(900);
  });

  it('comes back at a time of its own after a wait that many were told', async () => {
    const many = Array.from({ length: 8 }, () => {
      server.misanswer(/POST/, { status: 503, headers: { 'retry-after': '1' } });
      return new client.Carillon({ url: server.url, backoff: { baseMs: 1_000, maxMs: 1_000 } });
    });
    const times = await Promise.all(many.map((one) => one.post('lobby', 'hello').then(() => Date.now())));
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThan(50);
  });

  it('is given up at once when the 429 asks for longer than it may take', async () => {
    server.misanswer(/POST/, { status: 429, headers: { 'retry-after': '3600' } });
    const failed = await carillon.post('lobby', 'hello').catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'unexpected', status: 429, retryAfter: 3600 });
  });

  it('that is not valid fails at once, with the fields', async () => {
    const failed = await carillon.post('lobby', '').catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(client.CarillonError);
    expect(failed).toMatchObject({
      code: 'invalid',
      status: 422,
      errors: [{ field: 'body', detail: 'must not be empty' }],
    });
    expect(posts()).toHaveLength(1);
  });

  it('fails as unreachable when nobody answers within the bound', async () => {
    await server.close();
    const failed = await carillon.post('lobby', 'hello', { retryForMs: 50 }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: 'unreachable', status: 0 });
  });

  it('stops when it is aborted', async () => {
    await server.close();
    const patient = new client.Carillon({ url: server.url, backoff: { baseMs: 60_000, maxMs: 60_000 } });
    const stop = new AbortController();
    const failed = patient
      .post('lobby', 'hello', { retryForMs: 600_000, signal: stop.signal })
      .catch((error: unknown) => error);
    stop.abort(new Error('enough'));
    expect(await failed).toMatchObject({ message: 'enough' });
  });
});

describe('reading', () => {
  it('gives the pages before and after a seq', async () => {
    for (let n = 1; n <= 9; n++) server.say('lobby', `m${n}`);
    const seqs = async (range: client.PageOptions) =>
      (await carillon.page('lobby', range)).messages.map(({ seq }) => seq);
    expect(await seqs({ limit: 2 })).toEqual([8, 9]);
    expect(await seqs({ before: 5, limit: 2 })).toEqual([3, 4]);
    expect(await seqs({ after: 5, limit: 2 })).toEqual([6, 7]);
  });

  it('lists channels and sets the display name', async () => {
    server.say('lobby', 'hello');
    expect((await carillon.channels({ limit: 5 })).channels).toMatchObject([{ channel: 'lobby' }]);
    expect(await carillon.session()).toEqual({ id: 'guest', name: 'Guest' });
    expect(await carillon.rename('Ada')).toMatchObject({ name: 'Ada' });
    expect(await carillon.session()).toMatchObject({ name: 'Ada' });
  });

  it('signs out, and says where the provider does', async () => {
    expect(await carillon.signOut()).toEqual({ next: 'https://id.example/end' });
  });
});

describe('limits', () => {
  it('and types are those of the protocol', () => {
    expectTypeOf<client.LogEvent>().toEqualTypeOf<protocol.LogEvent>();
    expectTypeOf<client.OpenEvent>().toEqualTypeOf<protocol.OpenEvent>();
    expectTypeOf<client.ResetEvent>().toEqualTypeOf<protocol.ResetEvent>();
    expectTypeOf<client.PresenceEvent>().toEqualTypeOf<protocol.PresenceEvent>();
    expectTypeOf<client.TypingEvent>().toEqualTypeOf<protocol.TypingEvent>();
    expectTypeOf<client.DeniedEvent>().toEqualTypeOf<protocol.DeniedEvent>();
    expectTypeOf<HeartbeatEvent>().toEqualTypeOf<protocol.HeartbeatEvent>();
    expectTypeOf<client.Grants>().toEqualTypeOf<protocol.Grants>();
    expectTypeOf<client.IdentityKind>().toEqualTypeOf<protocol.IdentityKind>();
    expectTypeOf<ProblemDocument>().toEqualTypeOf<protocol.ProblemDocument>();
  });

  it('are those of the protocol', () => {
    expect(String(client.CHANNEL_PATTERN)).toBe(String(CHANNEL_PATTERN));
    expect(client.MAX_NAME_LENGTH).toBe(MAX_NAME_LENGTH);
    expect(client.MAX_REQUEST_BYTES).toBe(MAX_BODY_BYTES);
  });

  it('count a body in bytes as it is sent', () => {
    expect(client.bodyFits('a'.repeat(65_000))).toBe(true);
    expect(client.bodyFits('é'.repeat(32_700))).toBe(true);
    expect(client.bodyFits('é'.repeat(33_000))).toBe(false);
    expect(client.bodyFits('\n'.repeat(33_000))).toBe(false);
  });
});

it('keys are different and fit in a header, also where randomUUID is missing', () => {
  const random = vi.spyOn(crypto, 'randomUUID');
  Object.defineProperty(crypto, 'randomUUID', { value: undefined, configurable: true });
  try {
    const keys = new Set(Array.from({ length: 100 }, client.newKey));
    expect(keys.size).toBe(100);
    for (const key of keys) expect(key).toMatch(/^[\x21-\x7e]{32,255}$/);
  } finally {
    Reflect.deleteProperty(crypto, 'randomUUID');
    random.mockRestore();
  }
});
