import { afterEach, describe, expect, it } from 'vitest';
import { shortest } from '../../../tests/shortest.ts';
import { type Admin, createLog, createMetrics, READY_TIMEOUT_MS, serveAdmin } from '../src/index.ts';

class StoreAway extends Error {}

let admin: Admin | undefined;
afterEach(() => admin?.close());

async function serve(ready: () => Promise<void>, registry = createMetrics()): Promise<string> {
  const log = createLog({ service: 'test', level: 'silent' });
  admin = await serveAdmin({ port: 0, host: '127.0.0.1', registry, ready, log });
  return `http://127.0.0.1:${admin.port}`;
}

async function get(url: string): Promise<{ status: number; text: string }> {
  const response = await fetch(url);
  return { status: response.status, text: await response.text() };
}

describe('the admin port', () => {
  it('answers that the process turns, whether it is ready or not', async () => {
    const origin = await serve(() => Promise.reject(new StoreAway()));
    expect(await get(`${origin}/healthz`)).toEqual({ status: 200, text: 'ok\n' });
  });

  it('answers 200 when ready, and 503 with only the name of the reason when not', async () => {
    let reason: Error | undefined;
    const origin = await serve(async () => {
      if (reason) throw reason;
    });
    expect((await get(`${origin}/readyz`)).status).toBe(200);
    reason = new StoreAway('password hunter22 was refused by 10.0.0.1');
    expect(await get(`${origin}/readyz`)).toEqual({ status: 503, text: 'StoreAway\n' });
    reason = undefined;
    expect((await get(`${origin}/readyz`)).status).toBe(200);
  });

  it('is not ready when a check throws before it waits', async () => {
    const origin = await serve(() => {
      throw new StoreAway();
    });
    expect(await get(`${origin}/readyz`)).toEqual({ status: 503, text: 'StoreAway\n' });
  });

  it('answers within its time where the check hangs, asked once for all who wait', async () => {
    let asked = 0;
    const origin = await serve(() => {
      asked += 1;
      return new Promise(() => {});
    });
    const limitMs = 2 * READY_TIMEOUT_MS;
    const took = await shortest(limitMs, async () => {
      asked = 0;
      const began = performance.now();
      const answers = await Promise.all(Array.from({ length: 5 }, () => get(`${origin}/readyz`)));
      expect(answers).toEqual(Array(5).fill({ status: 503, text: 'Timeout\n' }));
      expect(asked).toBe(1);
      return performance.now() - began;
    });
    expect(took).toBeLessThan(limitMs);
  });

  it('serves the metrics of the process in the Prometheus format', async () => {
    const origin = await serve(async () => {});
    const { status, text } = await get(`${origin}/metrics`);
    expect(status).toBe(200);
    expect(text).toMatch(/^carillon_process_cpu_seconds_total [0-9.]+$/m);
    expect(text).toMatch(/^carillon_nodejs_heap_size_used_bytes [0-9.]+$/m);
  });

  it('answers 500 without the message when the metrics cannot be had', async () => {
    const registry = createMetrics();
    registry.metrics = () => Promise.reject(new Error('hunter22'));
    const origin = await serve(async () => {}, registry);
    expect(await get(`${origin}/metrics`)).toEqual({ status: 500, text: 'failed\n' });
  });

  it('refuses other paths and methods', async () => {
    const origin = await serve(async () => {});
    expect((await fetch(`${origin}/`)).status).toBe(404);
    const posted = await fetch(`${origin}/healthz`, { method: 'POST', body: 'x' });
    expect([posted.status, posted.headers.get('allow')]).toEqual([405, 'GET, HEAD']);
  });

  it('refuses to start on a port that is taken', async () => {
    const origin = await serve(async () => {});
    const log = createLog({ service: 'test', level: 'silent' });
    const again = serveAdmin({
      port: Number(new URL(origin).port),
      host: '127.0.0.1',
      registry: createMetrics(),
      ready: async () => {},
      log,
    });
    await expect(again).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});
