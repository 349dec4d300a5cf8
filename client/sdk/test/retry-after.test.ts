import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { Carillon } from '../src/index.ts';

/** The clock is turned by hand: what is told here takes minutes. */
beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] }));
afterEach(() => void vi.useRealTimers());

const MINUTE_MS = 60_000;
const page = { channel: 'lobby', messages: [], head: 0, earliest: 1 };

/** A client whose server gives these answers one after the other, then pages; and when it was asked, ms from now. */
function answeredBy(...refusals: { status: number; retryAfter: number }[]) {
  const start = Date.now();
  const asked: number[] = [];
  const carillon = new Carillon({
    url: 'http://carillon.test',
    fetch: () => {
      asked.push(Date.now() - start);
      const refusal = refusals.shift();
      if (refusal === undefined) return Promise.resolve(Response.json(page));
      const headers = { 'retry-after': String(refusal.retryAfter) };
      return Promise.resolve(new Response('', { status: refusal.status, headers }));
    },
  });
  return { carillon, asked };
}

/** How a call ends within so many minutes. */
async function endOf(call: Promise<unknown>, minutes: number): Promise<unknown> {
  let end: unknown = 'it goes on';
  call.then(
    (value) => {
      end = value;
    },
    (error: unknown) => {
      end = error;
    },
  );
  await vi.advanceTimersByTimeAsync(minutes * MINUTE_MS);
  return end;
}

it('a read that is one too many waits its minute out, and goes on', async () => {
  const { carillon, asked } = answeredBy({ status: 429, retryAfter: 60 });
  expect(await endOf(carillon.page('lobby'), 2)).toEqual(page);
  expect(asked).toHaveLength(2);
  expect(asked[1]).toBeGreaterThanOrEqual(MINUTE_MS);
});

it('a read that has waited its minute out is still tried again where the server is away for a moment', async () => {
  const { carillon } = answeredBy({ status: 429, retryAfter: 60 }, { status: 503, retryAfter: 2 });
  expect(await endOf(carillon.page('lobby'), 2)).toEqual(page);
});

it('a read that is too many minute after minute is given up', async () => {
  const { carillon, asked } = answeredBy(...Array(20).fill({ status: 429, retryAfter: 60 }));
  expect(await endOf(carillon.page('lobby'), 10)).toMatchObject({ status: 429, retryAfter: 60 });
  expect(asked.at(-1)).toBeLessThanOrEqual(5 * MINUTE_MS);
});

it('a wait of an hour is not waited for: a read is given up at once, and what is patient asks after a minute', async () => {
  const hour = answeredBy({ status: 429, retryAfter: 3_600 });
  expect(await endOf(hour.carillon.page('lobby'), 1)).toMatchObject({ status: 429, retryAfter: 3_600 });
  const patient = answeredBy({ status: 503, retryAfter: 3_600 });
  const posted = patient.carillon.post('lobby', 'hello', { retryForMs: 10 * MINUTE_MS });
  expect(await endOf(posted, 2)).toEqual(page);
});

it('a wait that is longer than a timer can be makes no hot loop', async () => {
  const far = { status: 503, retryAfter: 3_000_000 };
  const { carillon, asked } = answeredBy(far, far);
  await endOf(carillon.post('lobby', 'hello', { retryForMs: 10 * MINUTE_MS }), 3);
  expect(asked).toHaveLength(3);
  expect(asked[1]).toBeGreaterThanOrEqual(MINUTE_MS);
});
