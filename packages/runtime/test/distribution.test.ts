import { afterEach, describe, expect, it } from 'vitest';
import {
  type Admin,
  createLog,
  createMetrics,
  Distribution,
  registerCountsBy,
  registerDistribution,
  serveAdmin,
} from '../src/index.ts';

const TRACE = '4bf92f3577b34da6a3ce929d0e0e4736';
const OPEN_METRICS = 'application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5';

let admin: Admin | undefined;
afterEach(() => admin?.close());

/** A process with a distribution and a counter; gives the way to scrape it. */
async function serve() {
  const registry = createMetrics();
  const taken = new Distribution([0.1, 1]);
  registerDistribution(registry, { name: 'carillon_test_seconds', help: 'for a test' }, taken);
  const counter = { name: 'carillon_test_total', help: 'for a test', label: 'outcome' };
  registerCountsBy(registry, counter, () => ({ good: 2, bad: 0 }));
  const log = createLog({ service: 'test', level: 'silent' });
  const served = await serveAdmin({ port: 0, host: '127.0.0.1', registry, ready: async () => {}, log });
  admin = served;
  const scrape = async (accept: string) => {
    const answer = await fetch(`http://127.0.0.1:${served.port}/metrics`, { headers: { accept } });
    return { type: answer.headers.get('content-type'), text: await answer.text() };
  };
  return { taken, scrape };
}

describe('a distribution', () => {
  it('counts a value as often as it occurred, in the bucket that its bound belongs to', async () => {
    const { taken, scrape } = await serve();
    taken.observe(0.1, 10_000);
    taken.observe(0.5);
    taken.observe(7, 2);
    const { text } = await scrape('text/plain');
    const lines = text.split('\n').filter((line) => line.startsWith('carillon_test_seconds'));
    expect(lines).toEqual([
      'carillon_test_seconds_bucket{le="0.1"} 10000',
      'carillon_test_seconds_bucket{le="1"} 10001',
      'carillon_test_seconds_bucket{le="+Inf"} 10003',
      'carillon_test_seconds_sum 1014.5',
      'carillon_test_seconds_count 10003',
    ]);
    expect(text).toContain('# TYPE carillon_test_seconds histogram\n');
  });

  it('takes a clock that is behind for no time, and does not count what is no number', () => {
    const taken = new Distribution([0.1, 1]);
    taken.observe(-3);
    taken.observe(Number.NaN, 5, TRACE);
    expect([taken.counts, taken.sum]).toEqual([[1, 0, 0], 0]);
    expect(taken.exemplars).toEqual([undefined, undefined, undefined]);
  });
});

describe('the metrics of a process', () => {
  it.each([
    ['application/openmetrics-text;version=1.0.0;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2', true],
    ['application/openmetrics-text;q=0, text/plain', false],
    ['application/openmetrics-text;q=0.1, text/plain', false],
    ['*/*', false],
  ])('are in the format that is preferred by Accept: %s', async (accept, open) => {
    const { scrape } = await serve();
    expect((await scrape(accept)).type?.startsWith('application/openmetrics-text')).toBe(open);
  });

  it('have the trace of a value as its exemplar where OpenMetrics is asked for', async () => {
    const { taken, scrape } = await serve();
    taken.observe(0.5, 3, TRACE);
    taken.observe(0.6);
    const { type, text } = await scrape(OPEN_METRICS);
    expect(type).toBe('application/openmetrics-text; version=1.0.0; charset=utf-8');
    expect(text).toMatch(
      new RegExp(`^carillon_test_seconds_bucket\\{le="1"\\} 4 # \\{trace_id="${TRACE}"\\} 0\\.5 \\d+`, 'm'),
    );
    expect(text).toMatch(/\n# EOF\n$/);
  });

  it('are the same in both formats, whichever was asked for before', async () => {
    const { scrape } = await serve();
    const before = await scrape('text/plain');
    const open = await scrape(OPEN_METRICS);
    const after = await scrape('text/plain');
    for (const { text } of [before, open, after]) {
      expect(text).toContain('carillon_test_total{outcome="good"} 2\n');
      expect(text).toContain('carillon_test_total{outcome="bad"} 0\n');
    }
    expect(open.text).toContain('# TYPE carillon_test counter\n');
    expect(after.text).toContain('# TYPE carillon_test_total counter\n');
    expect(after.type).toBe('text/plain; version=0.0.4; charset=utf-8');
  });
});
