import { randomBytes } from 'node:crypto';
import { afterEach, describe, expect, it } from 'vitest';
import { eventuallyHolds } from '../../../tests/eventually.ts';
import type { Limit, Limits } from '../src/limits.ts';

/** What all limits do. `open` gives a node's; all it gives share their counts. */
export function limitsContract(name: string, open: () => Limits): void {
  const opened: Limits[] = [];
  const rule = (count: number, seconds: number) => ({
    name: `r${randomBytes(6).toString('hex')}`,
    count,
    seconds,
  });

  async function node(): Promise<Limits> {
    const limits = open();
    opened.push(limits);
    await eventuallyHolds(() => limits.connected);
    return limits;
  }

  /** How many of `calls` are allowed, one after the other. */
  async function allowed(limit: Limit, key: string, calls: number): Promise<number> {
    let count = 0;
    for (let call = 0; call < calls; call++) if ((await limit.take(key)) === 0) count += 1;
    return count;
  }

  afterEach(async () => {
    await Promise.all(opened.splice(0).map((limits) => limits.close()));
  });

  describe(`a limit ${name}`, () => {
    it.each([1, 5, 20, 45, 97, 300])('of %i allows so many in its period, and no more', async (count) => {
      const limit = (await node()).limit(rule(count, 60));
      expect(await allowed(limit, 'ada', count + 50)).toBe(count);
    });

    it('holds for those that come at once', async () => {
      const limit = (await node()).limit(rule(100, 60));
      const taken = await Promise.all(Array.from({ length: 500 }, () => limit.take('ada')));
      expect(taken.filter((seconds) => seconds === 0)).toHaveLength(100);
    });

    it('tells who is refused in how many seconds to come back, and allows it then', async () => {
      const limit = (await node()).limit(rule(2, 6));
      expect(await allowed(limit, 'ada', 2)).toBe(2);
      const seconds = await limit.take('ada');
      expect([1, 2, 3, 4, 5, 6]).toContain(seconds);
      await eventuallyHolds(async () => (await limit.take('ada')) === 0);
    });

    it('is each caller’s own', async () => {
      const limit = (await node()).limit(rule(3, 60));
      expect(await allowed(limit, 'ada', 5)).toBe(3);
      expect(await allowed(limit, 'bob', 5)).toBe(3);
    });

    it('is one of two nodes together', async () => {
      const shared = rule(100, 60);
      const [one, other] = [(await node()).limit(shared), (await node()).limit(shared)];
      const first = await allowed(one, 'ada', 70);
      const second = await allowed(other, 'ada', 70);
      expect(first).toBe(70);
      expect(second).toBeLessThanOrEqual(30);
      // What the first node holds and has not used, less than a piece, is all that is missing.
      expect(second).toBeGreaterThanOrEqual(25);
    });

    it('answers most calls without a promise', async () => {
      const limit = (await node()).limit(rule(1_000, 60));
      let waited = 0;
      for (let call = 0; call < 1_000; call++) {
        const taken = limit.take('ada');
        if (typeof taken !== 'number') waited += 1;
        await taken;
      }
      expect(waited).toBeLessThanOrEqual(20);
    });

    it('keeps working for more callers than it remembers', async () => {
      const limit = (await node()).limit(rule(1, 60));
      const taken = await Promise.all(Array.from({ length: 11_000 }, (_, id) => limit.take(`p${id}`)));
      expect(taken.every((seconds) => seconds === 0)).toBe(true);
      expect(await limit.take('p0')).toBeGreaterThan(0);
    });
  });
}
