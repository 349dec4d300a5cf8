import { HistoryFull } from '@carillon/history';
import { NoWorker } from '@carillon/jobs';
import { pino } from 'pino';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { Check } from '../src/checks/check.ts';
import { reasonOf } from '../src/checks/reason.ts';
import { createRounds } from '../src/checks/round.ts';
import { workerCheck } from '../src/checks/worker.ts';
import { type RunningChat, startChat } from './start-chat.ts';

const log = pino({ level: 'silent' });
const WITHIN = { timeout: 30_000, interval: 50 };
const check = (name: string, run: Check['run'], limitMs = 200): Check => ({
  name,
  title: name,
  run,
  limitMs,
});
const outcome = async (round: () => Promise<{ name: string; status: string; detail: string }[]>) =>
  (await round()).map(({ name, status, detail }) => `${name} ${status}: ${detail}`);

describe('a round of checks', () => {
  it('runs once for two hundred who ask at once and soon after, and again later', async () => {
    let runs = 0;
    const round = createRounds(() => [check('a', async () => `run ${++runs}`)], log);
    const answers = await Promise.all(Array.from({ length: 200 }, round));
    expect(new Set(answers.map(([result]) => result?.detail))).toEqual(new Set(['run 1']));
    expect(await outcome(round)).toEqual(['a ok: run 1']);
    await vi.waitUntil(async () => (await round())[0]?.detail === 'run 2', WITHIN);
    expect(runs).toBe(2);
  });

  it('keeps its order, runs all at once, and lets none hold up another or the answer', async () => {
    const started: string[] = [];
    const never = (name: string) =>
      check(name, () => {
        started.push(name);
        return new Promise(() => {});
      });
    const round = createRounds(
      () => [never('stuck'), check('well', async () => 'fine'), never('stuck too')],
      log,
    );
    const answer = outcome(round);
    // The first still runs when the last begins.
    expect(started).toEqual(['stuck', 'stuck too']);
    expect(await answer).toEqual([
      'stuck failed: does not answer: no response within 0.2 s',
      'well ok: fine',
      'stuck too failed: does not answer: no response within 0.2 s',
    ]);
    expect(started).toEqual(['stuck', 'stuck too']);
  });

  it('never starts a check again while its last run has not ended, and sees when that ends well', async () => {
    let resolve = (_found: string) => {};
    const promise = new Promise<string>((settle) => {
      resolve = settle;
    });
    const ran: string[] = [];
    const slow = check('slow', () => {
      ran.push('slow');
      return ran.length === 1 ? promise : Promise.resolve('quick');
    });
    const round = createRounds(() => [slow], log);
    const failed = new Set<unknown>();
    const ask = async () => {
      const [result] = await round();
      if (result?.status === 'failed') failed.add(result);
      return result?.status;
    };
    await vi.waitUntil(async () => (await ask()) && failed.size >= 3, WITHIN);
    expect(ran).toEqual(['slow']);
    resolve('at last');
    await vi.waitUntil(async () => (await ask()) === 'ok', WITHIN);
    expect(ran).toEqual(['slow', 'slow']);
  });

  it('logs when a check turns, not at each round', async () => {
    const lines: string[] = [];
    let well = false;
    const run = async () => {
      if (well) return 'fine';
      throw new Error('secret');
    };
    const round = createRounds(() => [check('a', run)], pino({}, { write: (line) => void lines.push(line) }));
    for (let time = 0; time < 3; time++) await round();
    well = true;
    await vi.waitUntil(async () => (await round())[0]?.status === 'ok', WITHIN);
    expect(lines.map((line) => JSON.parse(line).msg)).toEqual(['a check has failed', 'a check passes again']);
  });
});

describe('the reason that is told', () => {
  it.each([
    [
      Object.assign(new Error('connect ECONNREFUSED 10.0.0.7:5432'), { code: 'ECONNREFUSED' }),
      'refuses connections',
    ],
    [new Error('connect ECONNREFUSED 127.0.0.1:53412'), 'refuses connections'],
    [new Error('connect ECONNREFUSED 127.0.0.1:28000'), 'refuses connections'],
    [new Error('connect ECONNREFUSED 127.0.0.1:25006'), 'refuses connections'],
    [Object.assign(new Error('could not extend file'), { code: '53100' }), 'is full'],
    [new HistoryFull('the disk of the embedded store is full: database or disk is full'), 'is full'],
    [Object.assign(new Error('sorry, too many clients already'), { code: '53300' }), 'out of room'],
    [
      Object.assign(new Error('password authentication failed for "ada"'), { code: '28P01' }),
      'user or password',
    ],
    [new Error('getaddrinfo ENOTFOUND db.internal'), 'host name'],
    [new Error('self-signed certificate in certificate chain'), 'certificate'],
    [new Error('the broker is unavailable: it stopped acknowledging'), 'does not answer'],
    [new Error('Kafka is unavailable: it stopped responding'), 'does not answer'],
    [new Error('the broker is unavailable: it has not responded yet'), 'does not answer'],
    [new Error('the connection to PostgreSQL was lost'), 'ended the connection'],
    [new HistoryFull('the disk of PostgreSQL is full'), 'is full'],
    [new Error('anything with hunter22 in it'), 'cannot be reached'],
    ['not even an error', 'cannot be reached'],
  ])('of %s is in words of our own, from whatever caused it', (error, words) => {
    const wrapped = new Error('it failed', { cause: new AggregateError([new Error('first'), error]) });
    for (const each of [error, wrapped]) {
      expect(reasonOf(each)).toContain(words);
      expect(reasonOf(each)).not.toMatch(/10\.0|ada|internal|hunter22|Error|\n/);
    }
  });

  it('of a worker says whether there is none, or the queue is away', async () => {
    const failed = (error: Error) =>
      outcome(createRounds(() => [{ ...workerCheck({ ping: () => Promise.reject(error) }) }], log));
    expect(await failed(new NoWorker())).toEqual([
      'worker failed: accepted no job: no worker runs, or all are busy',
    ]);
    expect(await failed(new Error('x'))).toEqual([
      'worker failed: cannot be checked: the job queue (Redis) is unavailable',
    ]);
  });
});

describe('GET /checks', () => {
  let chat: RunningChat;
  beforeAll(async () => {
    chat = await startChat();
  });
  afterAll(() => chat.close());

  it('says in JSON, in order, what is well, what failed and what is not configured', async () => {
    const { request } = chat;
    const { status, json, headers } = await request({ path: '/checks' });
    expect(status).toBe(503);
    expect(headers).toMatchObject({
      'content-type': 'application/json',
      vary: 'Accept',
      'cache-control': 'no-store',
    });
    expect(json).toEqual({
      ok: false,
      checks: [
        { name: 'proxy', status: 'failed', detail: 'this request did not come through nginx', ms: 0 },
        { name: 'postgresql', status: 'ok', detail: 'wrote and read', ms: expect.any(Number) },
        {
          name: 'schema',
          status: 'ok',
          detail: expect.stringMatching(/^version \d+$/),
          ms: expect.any(Number),
        },
        {
          name: 'bus',
          status: 'ok',
          detail: 'embedded: a probe was published and received',
          ms: expect.any(Number),
        },
        { name: 'mqtt', status: 'not-configured', detail: 'not configured', ms: 0 },
        { name: 'kafka', status: 'not-configured', detail: 'not configured', ms: 0 },
        { name: 'redis', status: 'not-configured', detail: expect.any(String), ms: 0 },
        { name: 'worker', status: 'not-configured', detail: expect.any(String), ms: 0 },
        { name: 'broadcast', status: 'not-configured', detail: expect.any(String), ms: 0 },
      ],
    });
    const proxied = await request({ path: '/checks', headers: { 'using-nginx': 'true' } });
    expect(proxied).toMatchObject({ status: 200, json: { ok: true } });
    expect(proxied.json.checks[0]).toMatchObject({ name: 'proxy', status: 'ok' });
  });

  it('says so where the schema is not the one this code knows', async () => {
    const { request, close } = await startChat((history) =>
      Object.assign(Object.create(history), { schema: async () => ({ applied: 7, known: 2 }) }),
    );
    const { json } = await request({ path: '/checks' }).finally(close);
    expect(json.checks[2]).toMatchObject({
      status: 'failed',
      detail: 'is at version 7, newer than this code knows (2)',
    });
  });

  it('is a page for people that loads and runs nothing, and can be told to stay', async () => {
    const { request } = chat;
    const asked = { headers: { Accept: 'text/html,*/*;q=0.8' } };
    const page = await request({ path: '/checks', ...asked });
    expect(page.status).toBe(503);
    expect(page.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(page.headers['content-security-policy']).toMatch(/^default-src 'none'; style-src 'sha256-/);
    expect(page.headers.refresh).toBe('3');
    expect(page.text).toContain('<h1>1 of 9 failed</h1>');
    expect(page.text).not.toContain('<script');
    const staying = await request({ path: '/checks?refresh=off', ...asked });
    expect(staying.headers.refresh).toBeUndefined();
  });

  it('is not listed as a channel', async () => {
    const { request } = chat;
    for (const name of ['a', 'carillon-checks', 'd'])
      await request({ method: 'POST', path: `/c/${name}`, body: 'x' });
    const listed: string[] = [];
    for (let path: string | null = '/v1/channels?limit=1'; path !== null; ) {
      const { json } = await request({ path });
      listed.push(...json.channels.map(({ channel }: { channel: string }) => channel));
      path = json.next;
    }
    expect(listed).toEqual(['a', 'd']);
  });
});
