import { randomUUID } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { MAX_TICKETS_PER_PERSON, type NewTicket } from '../../src/index.ts';
import type { Store } from './store.ts';

export function ticketsContract(store: () => Store): void {
  const tickets = () => store().history.tickets;
  const ticket = (more: Partial<NewTicket> = {}): NewTicket => ({
    hash: randomUUID(),
    person: randomUUID(),
    identity: '{"name":"Ada \\u0000 \'\\""}',
    ms: 30_000,
    ...more,
  });

  describe('tickets', () => {
    it('give what they were kept with, once', async () => {
      const one = ticket();
      expect(await tickets().issue(one)).toBe(true);
      expect(await tickets().redeem(one.hash)).toBe(one.identity);
      expect(await tickets().redeem(one.hash)).toBeUndefined();
      expect(await tickets().redeem(randomUUID())).toBeUndefined();
    });

    it('are used by one of many who come at once', async () => {
      const one = ticket();
      await tickets().issue(one);
      const used = await Promise.all(Array.from({ length: 10 }, () => tickets().redeem(one.hash)));
      expect(used.filter((identity) => identity !== undefined)).toEqual([one.identity]);
    });

    it('are void after their time, and are swept out by those that come later', async () => {
      const [used, unused] = [ticket({ ms: 0 }), ticket({ ms: -1_000 })];
      for (const one of [used, unused]) await tickets().issue(one);
      expect(await tickets().redeem(used.hash)).toBeUndefined();
      expect(await store().hands.holds(unused.hash)).toBe(true);
      await tickets().issue(ticket());
      expect(await store().hands.holds(unused.hash)).toBe(false);
    });

    it('are bounded for each person; those that are used or late do not count', async () => {
      const person = randomUUID();
      for (let n = 0; n < 3; n++) await tickets().issue(ticket({ person, ms: 0 }));
      const last = ticket({ person });
      for (let n = 1; n < MAX_TICKETS_PER_PERSON; n++)
        expect(await tickets().issue(ticket({ person }))).toBe(true);
      expect(await tickets().issue(last)).toBe(true);
      expect(await tickets().issue(ticket({ person }))).toBe(false);
      expect(await tickets().issue(ticket())).toBe(true);
      await tickets().redeem(last.hash);
      expect(await tickets().issue(ticket({ person }))).toBe(true);
    });
  });
}
